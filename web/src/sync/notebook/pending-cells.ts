/**
 * What this client changed in the cells of a notebook and the server has not acknowledged, in a form that can be entered
 * into another history of it: by ids of cells, since positions and structs of one history mean nothing in another.
 */
import * as Y from "yjs";
import { difference, type Edit, rebase } from "../difference";
import { applyToText } from "../ydoc";
import { changeType, deleteCells, insertCells, moveCells, setMetadata } from "./acts";
import { arrayOf, type CellMap, type CellType, cellsOf, type PlainCell, plainCell, sourceOf } from "./schema";

/** After which cell something stands; null is the beginning. */
type After = string | null;

export interface PendingCells {
  added: { cell: PlainCell; after: After }[];
  /** With the text that was deleted: a cell that says something else now stays. */
  removed: { id: string; base: string }[];
  edited: { id: string; base: string; text: string; edits: Edit[] }[];
  moved: { id: string; after: After }[];
  types: { id: string; type: CellType }[];
  metadata: { id: string; key: string; value: unknown }[];
}

/** Which structs are pending, and how a text reads without them. */
export interface PendingStructs {
  inserted(id: Y.ID): boolean;
  deleted(id: Y.ID): boolean;
  apart(text: Y.Text): { base: string; edits: Edit[] };
}

/** The pending changes of cells; nothing for a document without cells. */
export function pendingCells(doc: Y.Doc, structs: PendingStructs): PendingCells | undefined {
  const found: PendingCells = { added: [], removed: [], edited: [], moved: [], types: [], metadata: [] };
  const removed = removedCells(doc, structs);
  let after: After = null;
  const cells = cellsOf(doc);
  for (const { id, map } of cells) {
    const source = sourceOf(map);
    const type = plainCell(map).cell_type;
    const was = removed.get(id);
    if (!map._item || !structs.inserted(map._item.id)) {
      const { base, edits } = structs.apart(source);
      if (edits.length > 0) found.edited.push({ id, base, text: source.toString(), edits });
      if (isSet(map, "position", structs)) found.moved.push({ id, after });
      if (isSet(map, "cell_type", structs)) found.types.push({ id, type });
      found.metadata.push(...metadataSet(id, map, structs));
    } else if (was === undefined) {
      found.added.push({ cell: plainCell(map), after });
    } else {
      // Deleted, and brought back by an undo.
      const text = source.toString();
      if (text !== was) found.edited.push({ id, base: was, text, edits: difference(was, text) });
      found.moved.push({ id, after });
      found.types.push({ id, type });
    }
    removed.delete(id);
    after = id;
  }
  found.removed = [...removed].map(([id, base]) => ({ id, base }));
  return cells.length > 0 || found.removed.length > 0 ? found : undefined;
}

/** The cells that were deleted, with the text that they had. */
function removedCells(doc: Y.Doc, structs: PendingStructs): Map<string, string> {
  const found = new Map<string, string>();
  for (let item = arrayOf(doc)._start; item; item = item.right) {
    if (!item.deleted || structs.inserted(item.id) || !structs.deleted(item.id)) continue;
    const map = item.content instanceof Y.ContentType ? item.content.type : null;
    const id = map?._map.get("id")?.content.getContent()[0];
    const source = map?._map.get("source")?.content;
    if (typeof id !== "string" || !(source instanceof Y.ContentType) || !(source.type instanceof Y.Text)) continue;
    found.set(id, structs.apart(source.type).base);
  }
  return found;
}

function metadataSet(id: string, map: CellMap, structs: PendingStructs): PendingCells["metadata"] {
  const metadata = map.get("metadata");
  if (!(metadata instanceof Y.Map)) return [];
  return [...metadata._map.keys()]
    .filter((key) => isSet(metadata, key, structs))
    .map((key) => ({ id, key, value: metadata.get(key) }));
}

function isSet(map: Y.Map<unknown>, key: string, structs: PendingStructs): boolean {
  const item = map._map.get(key);
  return item !== undefined && (item.deleted ? structs.deleted(item.id) : structs.inserted(item.id));
}

/** The sources without and with the changes, each as one text: for whoever asks for what was typed. */
export function textsOf({ edited, added }: PendingCells): { base: string; text: string } {
  return {
    base: edited.map(({ base }) => `${base}\n`).join(""),
    text: [...edited.map(({ text }) => text), ...added.map(({ cell }) => cell.source)]
      .map((one) => `${one}\n`)
      .join(""),
  };
}

/** Enters changes into the document of another history, in one transaction. */
export function enterCells(doc: Y.Doc, pending: PendingCells, origin: unknown): void {
  doc.transact(() => {
    const sources = new Map(cellsOf(doc).map(({ id, map }) => [id, sourceOf(map)]));
    const where = (after: After) => {
      if (after !== null && sources.has(after)) return { after };
      const [first] = cellsOf(doc);
      return after === null && first ? { before: first.id } : null;
    };
    for (const { cell, after } of pending.added) {
      const twin = sources.get(String(cell.id));
      if (twin) {
        // It had arrived before the history ended.
        if (twin.toString() !== cell.source && !twin.toString().includes(cell.source)) {
          applyToText(twin, difference(twin.toString(), cell.source), origin);
        }
        continue;
      }
      const [id] = insertCells(doc, where(after), [cell]);
      const made = cellsOf(doc).find((one) => one.id === id);
      if (made) sources.set(made.id, sourceOf(made.map));
    }
    for (const { id, base, text, edits } of pending.edited) {
      const source = sources.get(id);
      if (source) applyToText(source, rebase(edits, difference(base, source.toString())), origin);
      else insertCells(doc, null, [{ cell_type: "code", source: text, metadata: {}, id } as PlainCell]);
    }
    for (const { id, after } of pending.moved) if (after !== id && sources.has(id)) moveCells(doc, [id], where(after));
    for (const { id, type } of pending.types) changeType(doc, [id], type);
    for (const { id, key, value } of pending.metadata) setMetadata(doc, [id], key, value);
    const gone = pending.removed.filter(({ id, base }) => sources.get(id)?.toString() === base).map(({ id }) => id);
    if (gone.length > 0) deleteCells(doc, gone);
  }, origin);
}
