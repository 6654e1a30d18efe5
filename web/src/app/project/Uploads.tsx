import { useState } from "react";
import { baseName } from "../../store/directories";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Choice";
import { Dialog } from "../../ui/Dialog";
import { bytes, count } from "../words";
import { useProject } from "./context";
import type { ClashAnswer } from "./file-acts";

/** Uploads under way. */
export function Uploads() {
  const { acts } = useProject();
  const uploads = useObservable(acts.uploads);
  if (uploads.length === 0) return null;
  const sent = uploads.reduce((sum, one) => sum + one.sent, 0);
  const size = uploads.reduce((sum, one) => sum + one.size, 0);
  return (
    <div className="uploads" role="status">
      <span>
        Uploading {uploads.length === 1 ? `“${baseName(uploads[0]?.path ?? "")}”` : count(uploads.length, "file")}:{" "}
        <span className="numbers">
          {bytes(sent)} of {bytes(size)}
        </span>
      </span>
      <progress value={sent} max={Math.max(1, size)} aria-label="Upload" />
    </div>
  );
}

/** What to do with a name that is taken. */
export function ClashDialog() {
  const { acts } = useProject();
  const clash = useObservable(acts.clash);
  const [forAll, setForAll] = useState(false);
  const answer = (choice: ClashAnswer) => clash?.answer(choice, forAll);
  return (
    <Dialog title="This name is taken" isOpen={clash !== null} onClose={() => answer("skip")}>
      <p>There is already “{clash?.path}”. Its earlier versions are not kept when it is replaced.</p>
      <Checkbox isSelected={forAll} onChange={setForAll}>
        Do the same for all other files
      </Checkbox>
      <div className="dialog-acts">
        <Button onPress={() => answer("skip")}>Skip</Button>
        <Button onPress={() => answer("replace")}>Replace</Button>
        <Button look="primary" onPress={() => answer("both")}>
          Keep both
        </Button>
      </div>
    </Dialog>
  );
}
