import { useState } from "react";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Choice";
import { Dialog } from "../../ui/Dialog";
import { useProject } from "../project/context";
import type { ClashAnswer } from "./uploads";

/** What to do with a name that is taken where a file is uploaded to. */
export function UploadClashDialog() {
  const { acts } = useProject();
  const clash = useObservable(acts.uploads.clash);
  const [forAll, setForAll] = useState(false);
  const answer = (choice: ClashAnswer) => clash?.answer(choice, forAll);
  return (
    <Dialog title="This name is taken" isOpen={clash !== null} onClose={() => answer("skip")}>
      <p>There is already “{clash?.path}”. What is replaced goes to the trash.</p>
      {clash?.more && (
        <Checkbox isSelected={forAll} onChange={setForAll}>
          Do the same for all other files
        </Checkbox>
      )}
      <div className="dialog-acts">
        <Button onPress={() => answer("skip")}>Skip</Button>
        <Button onPress={() => answer("replace")}>Replace</Button>
        <Button look="primary" onPress={() => answer("keep_both")}>
          Keep both
        </Button>
      </div>
    </Dialog>
  );
}
