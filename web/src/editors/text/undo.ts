/** Undo is each person's own: it takes back what was typed here and leaves the edits of others in place. */
import type { Text } from "yjs";
import { UndoManager } from "yjs";

const managers = new WeakMap<Text, UndoManager>();

/** The one undo stack of a text in this page; every editor of it adds its edits to that. */
export function undoManagerOf(text: Text): UndoManager {
  let manager = managers.get(text);
  if (!manager) {
    manager = new UndoManager(text, { trackedOrigins: new Set() });
    managers.set(text, manager);
  }
  return manager;
}
