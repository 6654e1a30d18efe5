/**
 * Bringing a live notebook back to what it was: all of it, or one cell. Each is one act (`acts.ts`), which changes no more
 * than it must: what others type meanwhile into what is restored, or anywhere else, stays.
 */
import * as Y from "yjs";
import { difference } from "../difference";
import { applyToText } from "../ydoc";
import { act, changeType, deleteCells, insertCells, moveCells, type Where } from "./acts";
import { aligned, longestRising } from "./alignment";
import {
  type CellMap,
  cellsOf,
  isObject,
  type JsonObject,
  metadataOf,
  metaOf,
  newOutput,
  type PlacedCell,
  type PlainCell,
  plainCell,
  sourceOf,
  typeOf,
} from "./schema";
import { actsUndoOf } from "./undo";
import { type NotebookVersion, sameValue } from "./version";

/** What of a cell is restored: its source alone, or all of it with its outputs. */
export type RestoredPart = "source" | "cell";

/** Takes a restoration back, and says whether it could: not once something else was done here since. */
export type UndoRestored = () => boolean;

/** Makes the live notebook as it was in a version; null when it is like that already. */
export function restoreNotebook(doc: Y.Doc, version: NotebookVersion): UndoRestored | null {
  return undoable(doc, () => {
    restoreMeta(doc, version);
    const there = cellsOf(doc);
    const pairs = aligned(
      there.map(({ map }) => plainCell(map)),
      version.cells,
    );
    const stay = longestRising(pairs);
    const kept = new Set(pairs);
    let last: string | undefined;
    /** Behind the last cell that is in its place, or before all others but this one. */
    const where = (id?: string): Where => {
      if (last !== undefined) return { after: last };
      const first = there.find((cell) => cell.id !== id);
      return first ? { before: first.id } : null;
    };
    let missing: PlainCell[] = [];
    const insertMissing = () => {
      last = insertCells(doc, where(), missing).at(-1) ?? last;
      missing = [];
    };
    version.cells.forEach((cell, index) => {
      const pair = pairs[index] ?? null;
      const live = pair === null ? undefined : there[pair];
      if (!live) {
        missing.push(cell);
        return;
      }
      if (missing.length > 0) insertMissing();
      if (!stay.has(index)) moveCells(doc, [live.id], where(live.id));
      last = live.id;
      restoreSource(live.map, cell);
      restoreRest(doc, live.id, live.map, cell);
    });
    if (missing.length > 0) insertMissing();
    const gone = there.filter((_, index) => !kept.has(index)).map(({ id }) => id);
    if (gone.length > 0) deleteCells(doc, gone);
  });
}

/** What a part of a notebook is to be again: a cell of a version, in its place or not there, or what is no cell. */
export type RestoredThing =
  | { cell: number; of: NotebookVersion; part: RestoredPart; moved?: boolean }
  | { remove: number; of: NotebookVersion }
  | { meta: NotebookVersion };

/** Makes parts of the live notebook as they were; null when they are like that already. */
export function restoreThings(doc: Y.Doc, things: readonly RestoredThing[]): UndoRestored | null {
  return undoable(doc, () => {
    for (const thing of things) {
      if ("meta" in thing) restoreMeta(doc, thing.meta);
      else if ("remove" in thing) removeCell(doc, thing.of, thing.remove);
      else restoreCell(doc, thing.of, thing.cell, thing.part, thing.moved ?? false);
    }
  });
}

/** Where a cell of a version is in the live notebook: its id there, or undefined. */
export function liveCellOf(doc: Y.Doc, version: NotebookVersion, index: number): string | undefined {
  return livePairs(doc, version)[index]?.id;
}

function livePairs(doc: Y.Doc, version: NotebookVersion) {
  const there = cellsOf(doc);
  const pairs = aligned(
    there.map(({ map }) => plainCell(map)),
    version.cells,
  );
  return pairs.map((pair) => (pair === null ? undefined : { ...(there[pair] as PlacedCell), at: pair }));
}

function removeCell(doc: Y.Doc, version: NotebookVersion, index: number): void {
  const id = liveCellOf(doc, version, index);
  if (id !== undefined) deleteCells(doc, [id]);
}

function restoreCell(doc: Y.Doc, version: NotebookVersion, index: number, part: RestoredPart, moved: boolean): void {
  const cell = version.cells[index];
  if (!cell) return;
  const live = livePairs(doc, version);
  const here = live[index];
  const place = placeOf(live, index);
  if (!here) {
    const { outputs: _, ...bare } = cell;
    insertCells(doc, place, [part === "cell" ? cell : ({ ...bare, execution_count: null } as PlainCell)]);
    return;
  }
  restoreSource(here.map, cell);
  if (part === "source") return;
  restoreRest(doc, here.id, here.map, cell);
  if (moved) moveCells(doc, [here.id], place);
}

/**
 * Behind the nearest cell before it that is there now, or before the nearest one after it. Of cells that were moved
 * themselves nobody can say where to stand beside them.
 */
function placeOf(live: readonly ({ id: string; at: number } | undefined)[], index: number): Where {
  const places = live.map((cell) => cell?.at ?? null);
  let stay = longestRising(places);
  if (stay.has(index)) stay = longestRising(places.with(index, null));
  const staying = (cell: { id: string } | undefined, at: number) => cell !== undefined && stay.has(at);
  const before = live.slice(0, index).findLast(staying);
  if (before) return { after: before.id };
  const after = live.find((cell, at) => at > index && staying(cell, at));
  return after ? { before: after.id } : null;
}

function restoreSource(map: CellMap, { source }: PlainCell): void {
  const text = sourceOf(map);
  applyToText(text, difference(text.toString(), source), null);
}

function restoreRest(doc: Y.Doc, id: string, map: CellMap, cell: PlainCell): void {
  if (typeOf(map) !== cell.cell_type) changeType(doc, [id], cell.cell_type);
  const { id: _, source: _source, cell_type: _type, metadata, outputs, ...rest } = cell;
  const now = plainCell(map);
  if (!sameValue(metadataOf(map), metadata)) setMap(map, "metadata", metadata);
  if (cell.cell_type === "code" && !sameValue(now.outputs ?? [], outputs ?? [])) {
    const array = map.get("outputs");
    const made = (outputs ?? []).map(newOutput);
    if (array instanceof Y.Array) {
      array.delete(0, array.length);
      array.push(made);
    } else map.set("outputs", Y.Array.from(made));
  }
  for (const [key, value] of Object.entries(rest)) if (!sameValue(now[key], value)) map.set(key, value);
  for (const key of Object.keys(now)) {
    if (!Object.hasOwn(cell, key) && !KEPT.has(key)) map.delete(key);
  }
}

/** A version may lack them, and the live cell has them nevertheless. */
const KEPT: ReadonlySet<string> = new Set(["id", "outputs", "execution_count"]);

/** All that is no cell, but for the version of the format: that is the file's. */
function restoreMeta(doc: Y.Doc, { meta }: NotebookVersion): void {
  const map = metaOf(doc);
  const now = map.toJSON();
  for (const [key, value] of Object.entries(meta)) {
    if (key === "nbformat" || key === "nbformat_minor" || sameValue(now[key], value)) continue;
    if (isObject(value)) setMap(map, key, value);
    else map.set(key, value);
  }
}

/** Makes a map that is the value of a key hold these values, key by key. */
function setMap(map: Y.Map<unknown>, key: string, values: JsonObject): void {
  const inner = map.get(key);
  if (!(inner instanceof Y.Map)) {
    map.set(key, new Y.Map(Object.entries(values)));
    return;
  }
  const now = inner.toJSON();
  for (const name of Object.keys(now)) if (!Object.hasOwn(values, name)) inner.delete(name);
  for (const [name, value] of Object.entries(values)) if (!sameValue(now[name], value)) inner.set(name, value);
}

function undoable(doc: Y.Doc, change: () => void): UndoRestored | null {
  const manager = actsUndoOf(doc);
  const before = manager.undoStack.at(-1);
  act(doc, change);
  const step = manager.undoStack.at(-1);
  if (step === undefined || step === before) return null;
  return () => {
    if (manager.undoStack.at(-1) !== step) return false;
    manager.undo();
    return true;
  };
}
