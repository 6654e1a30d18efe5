import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { count } from "../words";
import type { JobClash } from "./file-manager";

/** More names than this would hide the buttons. */
const MAX_SHOWN = 8;

/** What to do with names that are taken where something is to go. */
export function JobClashDialog({ clash }: { clash: JobClash }) {
  const { taken, answer } = clash;
  const one = taken.length === 1;
  return (
    <Dialog title={one ? "This name is taken" : "These names are taken"} isOpen onClose={() => answer(null)}>
      {one ? (
        <p>There is already “{taken[0]}”. When it is replaced it goes to the trash.</p>
      ) : (
        <>
          <p>These are there already. What is replaced goes to the trash.</p>
          <ul className="taken-names">
            {taken.slice(0, MAX_SHOWN).map((name) => (
              <li key={name} className="truncate">
                {name}
              </li>
            ))}
            {taken.length > MAX_SHOWN && <li>and {count(taken.length - MAX_SHOWN, "more", "more")}</li>}
          </ul>
        </>
      )}
      <div className="dialog-acts">
        <Button onPress={() => answer("skip")}>{one ? "Skip" : "Skip these"}</Button>
        <Button onPress={() => answer("replace")}>{one ? "Replace" : "Replace all"}</Button>
        <Button look="primary" autoFocus onPress={() => answer("keep_both")}>
          Keep both
        </Button>
      </div>
    </Dialog>
  );
}
