/** Restoring is an edit like any other: it is seen by everybody, bears a name, and can be undone. */
import { undoManagerOf } from "../../editors/text/undo";
import { applyEdits, difference, type Edit } from "../../sync/difference";
import type { DocumentClient } from "../../sync/document-client";
import { type Hunk, restoringEdits } from "../../sync/hunks";
import { applyToText } from "../../sync/ydoc";

const RESTORE = "restored from the history";

/** Takes a restoration back, and says whether it could: not once something else was typed here since. */
export type Undo = () => boolean;

/** Makes `text` the text of the open document by as small an edit as there is. */
export function restore(client: DocumentClient, text: string): Undo {
  return enter(client, difference(client.text.toString(), text));
}

/**
 * Makes parts of the open document as they were before these changes; `since` is what became of the text that the changes led
 * to. Null when they are like that already.
 */
export function restoreParts(client: DocumentClient, hunks: readonly Hunk[], since: readonly Edit[]): Undo | null {
  const text = client.text.toString();
  const edits = restoringEdits(hunks, since);
  return applyEdits(text, edits) === text ? null : enter(client, edits);
}

function enter(client: DocumentClient, edits: readonly Edit[]): Undo {
  const manager = undoManagerOf(client.text);
  manager.trackedOrigins.add(RESTORE);
  manager.stopCapturing();
  applyToText(client.text, edits, RESTORE);
  manager.stopCapturing();
  const step = manager.undoStack.at(-1);
  return () => {
    if (step === undefined || manager.undoStack.at(-1) !== step) return false;
    manager.undo();
    return true;
  };
}
