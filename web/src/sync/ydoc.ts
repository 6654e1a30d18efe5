/** Small acts on Yjs documents. */
import * as Y from "yjs";
import type { Edit } from "./difference";

/** Whether a state vector says that everything of another one is known. */
export function covers(theirs: Uint8Array, ours: Uint8Array): boolean {
  const known = Y.decodeStateVector(theirs);
  return [...Y.decodeStateVector(ours)].every(([client, clock]) => (known.get(client) ?? 0) >= clock);
}

/** Enters edits, given in order, in one transaction. */
export function applyToText(text: Y.Text, edits: readonly Edit[], origin: unknown): void {
  if (edits.length === 0) return;
  text.doc?.transact(() => {
    for (const edit of [...edits].reverse()) {
      if (edit.to > edit.from) text.delete(edit.from, edit.to - edit.from);
      if (edit.insert !== "") text.insert(edit.from, edit.insert);
    }
  }, origin);
}
