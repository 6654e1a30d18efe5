/** Restoring is an edit like any other: it is seen by everybody, bears a name, and can be undone. */
import { undoManagerOf } from "../../editors/text/undo";
import { difference } from "../../sync/difference";
import type { DocumentClient } from "../../sync/document-client";
import { applyToText } from "../../sync/ydoc";

const RESTORE = "restored from the history";

/**
 * Makes `text` the text of the open document by as small an edit as there is. Answers a function that undoes it, and says
 * whether it could: not once something else was typed here since, which is undone first.
 */
export function restore(client: DocumentClient, text: string): () => boolean {
  const manager = undoManagerOf(client.text);
  manager.trackedOrigins.add(RESTORE);
  manager.stopCapturing();
  applyToText(client.text, difference(client.text.toString(), text), RESTORE);
  manager.stopCapturing();
  const step = manager.undoStack.at(-1);
  return () => {
    if (step === undefined || manager.undoStack.at(-1) !== step) return false;
    manager.undo();
    return true;
  };
}
