/**
 * Undo of acts on cells, each person's own: what was deleted comes back, what was moved goes back, what was put in goes.
 * Typing is undone in its cell (`editors/text/undo.ts`), as Jupyter does.
 */
import * as Y from "yjs";
import { ACT } from "./acts";
import { arrayOf, metaOf } from "./schema";

const managers = new WeakMap<Y.Doc, Y.UndoManager>();

/** The one stack of acts of a document in this page. */
export function actsUndoOf(doc: Y.Doc): Y.UndoManager {
  let manager = managers.get(doc);
  if (!manager) {
    manager = new Y.UndoManager([arrayOf(doc), metaOf(doc)], {
      trackedOrigins: new Set([ACT]),
      captureTimeout: 0,
      deleteFilter: (item) => !holdsTypingOfOthers(item, doc),
    });
    managers.set(doc, manager);
  }
  return manager;
}

/**
 * Taking back that one has put a cell in must not take what others have written into it since: then the cell stays, as it
 * was made, with their words alone. Values that were set later go back as usual: they have others before them.
 */
function holdsTypingOfOthers(item: Y.Item, doc: Y.Doc): boolean {
  if (item.parentSub !== null && item.left !== null) return false;
  const array: unknown = arrayOf(doc);
  let at: Y.Item | null = item;
  if (item.parentSub === null && item.parent !== array) return false;
  while (at && at.parent !== array) at = (at.parent as Y.AbstractType<unknown>)._item;
  // What one has set in a cell of somebody else goes back: the cell stays in any case.
  if (at?.id.client !== doc.clientID) return false;
  const cell = at?.content instanceof Y.ContentType ? at.content.type : null;
  const source = cell instanceof Y.Map ? cell.get("source") : null;
  if (!(source instanceof Y.Text)) return false;
  for (let part = source._start; part; part = part.right) {
    if (!part.deleted && part.id.client !== doc.clientID) return true;
  }
  return false;
}
