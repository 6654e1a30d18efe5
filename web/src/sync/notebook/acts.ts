/**
 * What a person does to the cells of a notebook. Each act is one transaction of the origin `ACT`, so that it is undone as
 * one. A move changes a cell's position and nothing else: what others type into it meanwhile stays.
 */
import * as Y from "yjs";
import { isPosition, spread } from "./positions";
import {
  arrayOf,
  type CellMap,
  type CellType,
  cellsOf,
  freshId,
  isObject,
  type JsonObject,
  metadataOf,
  newCell,
  type PlacedCell,
  type PlainCell,
  plainCell,
  sourceOf,
  typeOf,
} from "./schema";

/** Origin of acts on cells. */
export const ACT = Symbol("act on cells");

/** Before or after a cell; null is the end. */
export type Where = { before: string } | { after: string } | null;

export const emptyCell = (type: CellType, source = ""): PlainCell => ({ cell_type: type, source, metadata: {} });

/** Puts cells in; answers their ids. Ids that they bring are kept where no other cell has them. */
export function insertCells(doc: Y.Doc, where: Where, cells: readonly PlainCell[]): string[] {
  return act(doc, () => {
    const there = settledCells(doc);
    const taken = new Set(there.map(({ id }) => id));
    const positions = makeRoom(there, gapAt(there, where), cells.length);
    const ids = cells.map((cell) => {
      const own = typeof cell.id === "string" && !taken.has(cell.id) ? cell.id : freshId((id) => taken.has(id));
      taken.add(own);
      return own;
    });
    arrayOf(doc).push(cells.map((cell, index) => newCell(cell, ids[index] as string, positions[index] as string)));
    return ids;
  });
}

/** Takes cells away. A notebook is never empty: an empty code cell stays. Answers the id of the cell to go to then. */
export function deleteCells(doc: Y.Doc, ids: readonly string[]): string | null {
  return act(doc, () => {
    const there = settledCells(doc);
    const gone = new Set(ids);
    const first = there.findIndex(({ id }) => gone.has(id));
    if (first < 0) return null;
    const next = there.slice(first).find(({ id }) => !gone.has(id)) ?? there.slice(0, first).at(-1);
    removeMaps(doc, new Set(there.filter(({ id }) => gone.has(id)).map(({ map }) => map)));
    return next?.id ?? insertCells(doc, null, [emptyCell("code")])[0] ?? null;
  });
}

/** Moves cells, in the order in which they stand, to a place between others. */
export function moveCells(doc: Y.Doc, ids: readonly string[], where: Where): void {
  act(doc, () => {
    const moving = new Set(ids);
    const there = settledCells(doc);
    const stay = there.filter(({ id }) => !moving.has(id));
    const going = there.filter(({ id }) => moving.has(id));
    const gap = gapAt(stay, where);
    const order = [...stay.slice(0, gap), ...going, ...stay.slice(gap)];
    if (order.every(({ id }, index) => id === there[index]?.id)) return;
    const positions = makeRoom(stay, gap, going.length);
    going.forEach(({ map }, index) => void map.set("position", positions[index]));
  });
}

/** One step up or down, past the neighbour of the first or the last of them. Answers whether they moved. */
export function stepCells(doc: Y.Doc, ids: readonly string[], by: -1 | 1): boolean {
  const order = cellsOf(doc).map(({ id }) => id);
  const places = ids.map((id) => order.indexOf(id)).filter((place) => place >= 0);
  const neighbour = order[by < 0 ? Math.min(...places) - 1 : Math.max(...places) + 1];
  if (places.length === 0 || neighbour === undefined) return false;
  moveCells(doc, ids, by < 0 ? { before: neighbour } : { after: neighbour });
  return true;
}

/**
 * Splits a cell at places of its source; the part before the first stays in it. Answers the ids of the parts. The id of a
 * part is made of the letter that it begins with: of two people who split at one place at once, both make the same
 * cell, and it counts once.
 */
export function splitCell(doc: Y.Doc, id: string, offsets: readonly number[]): string[] {
  const [map] = mapsOf(doc, [id]);
  if (!map) return [];
  const source = sourceOf(map);
  const text = source.toString();
  const cuts = [...new Set(offsets)].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b);
  if (cuts.length === 0) return [id];
  return act(doc, () => {
    const taken = new Set(cellsOf(doc).map((cell) => cell.id));
    const parts = cuts.map((at, index) => {
      const made = splitId(source, at, taken);
      taken.add(made);
      return { ...partOf(map, trimPart(text.slice(at, cuts[index + 1]))), id: made };
    });
    const first = cuts[0] as number;
    const keep = text.slice(0, first).replace(/\n$/, "").length;
    source.delete(keep, text.length - keep);
    return [id, ...insertCells(doc, { after: id }, parts)];
  });
}

const trimPart = (part: string): string => part.replace(/^\n/, "");

/** What a part of a split cell takes along: its type and metadata, not what a run wrote. */
function partOf(map: CellMap, source: string): PlainCell {
  const { cell_type, metadata, attachments } = plainCell(map);
  return { cell_type, source, metadata, ...(attachments ? { attachments } : {}) };
}

function splitId(source: Y.Text, at: number, taken: ReadonlySet<string>): string {
  const { item } = Y.createRelativePositionFromTypeIndex(source, at);
  const { client, clock } = item ?? source._item?.id ?? Y.createID(0, at);
  const id = `s-${client.toString(36)}-${clock.toString(36)}${item ? "" : "-end"}`;
  return taken.has(id) ? freshId((other) => taken.has(other)) : id;
}

/** Merges cells into the first of them, an empty line's worth apart as Jupyter does. Answers the one that stays. */
export function mergeCells(doc: Y.Doc, ids: readonly string[]): string | null {
  const wanted = new Set(ids);
  return act(doc, () => {
    const [first, ...rest] = settledCells(doc).filter(({ id }) => wanted.has(id));
    if (!first || rest.length === 0) return first?.id ?? null;
    const source = sourceOf(first.map);
    for (const { map } of rest) source.insert(source.length, mergedText(map));
    const attachments = Object.assign({}, ...rest.map(({ map }) => map.get("attachments") ?? {}));
    if (Object.keys(attachments).length > 0 && typeOf(first.map) !== "code") {
      first.map.set("attachments", { ...attachments, ...plainCell(first.map).attachments });
    }
    if (typeOf(first.map) === "code") forgetOutputs(first.map);
    removeMaps(doc, new Set(rest.map(({ map }) => map)));
    return first.id;
  });
}

export const mergedText = (map: CellMap): string => `\n\n${sourceOf(map).toString()}`;

/** Makes cells those of another type; the source stays the text that others type into. */
export function changeType(doc: Y.Doc, ids: readonly string[], type: CellType): void {
  act(doc, () => {
    for (const map of mapsOf(doc, ids)) {
      if (map.get("cell_type") === type) continue;
      map.set("cell_type", type);
      if (type === "code") {
        map.delete("attachments");
        map.set("outputs", new Y.Array());
        map.set("execution_count", null);
        map.set("execution_state", "idle");
      } else {
        for (const key of ["outputs", "execution_count", "execution_state"]) if (map.has(key)) map.delete(key);
      }
    }
  });
}

/** Makes Markdown cells that begin with a heading of this level. */
export function makeHeadings(doc: Y.Doc, ids: readonly string[], level: number): void {
  act(doc, () => {
    changeType(doc, ids, "markdown");
    for (const map of mapsOf(doc, ids)) {
      const source = sourceOf(map);
      const had = /^#{1,6}\s+/.exec(source.toString())?.[0] ?? "";
      const mark = `${"#".repeat(level)} `;
      if (had === mark) continue;
      if (had) source.delete(0, had.length);
      source.insert(0, mark);
    }
  });
}

/** Copies of cells after the last of them; answers their ids. */
export function duplicateCells(doc: Y.Doc, ids: readonly string[]): string[] {
  const copied = copyCells(doc, ids);
  const last = cellsOf(doc).findLast(({ id }) => ids.includes(id));
  return last ? insertCells(doc, { after: last.id }, copied) : [];
}

/** Plain copies, in their order and without their ids. */
export function copyCells(doc: Y.Doc, ids: readonly string[]): PlainCell[] {
  const wanted = new Set(ids);
  return cellsOf(doc)
    .filter(({ id }) => wanted.has(id))
    .map(({ map }) => {
      const { id: _, ...cell } = plainCell(map);
      return cell as PlainCell;
    });
}

/** Sets a key of a cell's metadata, or takes it away with undefined. */
export function setMetadata(doc: Y.Doc, ids: readonly string[], key: string, value: unknown): void {
  act(doc, () => {
    for (const map of mapsOf(doc, ids)) putMetadata(map, key, value);
  });
}

function putMetadata(map: CellMap, key: string, value: unknown): void {
  const metadata = map.get("metadata");
  if (!(metadata instanceof Y.Map)) map.set("metadata", new Y.Map(value === undefined ? [] : [[key, value]]));
  else if (value === undefined) metadata.delete(key);
  else metadata.set(key, value);
}

/** Sets or takes away a flag of `metadata.jupyter`, where Jupyter keeps what is collapsed. */
export function setJupyterFlag(doc: Y.Doc, ids: readonly string[], flag: string, on: boolean): void {
  act(doc, () => {
    for (const map of mapsOf(doc, ids)) {
      const { [flag]: had, ...rest } = jupyterFlags(map);
      if ((had === true) === on) continue;
      const flags = on ? { ...rest, [flag]: true } : rest;
      putMetadata(map, "jupyter", Object.keys(flags).length > 0 ? flags : undefined);
    }
  });
}

export function jupyterFlags(map: CellMap): JsonObject {
  const flags = metadataOf(map).jupyter;
  return isObject(flags) ? flags : {};
}

/** Takes the outputs of code cells away, and the numbers of their runs. */
export function clearOutputs(doc: Y.Doc, ids: readonly string[]): void {
  act(doc, () => {
    for (const map of mapsOf(doc, ids)) if (typeOf(map) === "code") forgetOutputs(map);
  });
}

/** Adds an attachment to a Markdown cell; answers the name under which the text can refer to it. */
export function attach(doc: Y.Doc, id: string, name: string, type: string, base64: string): string | null {
  const [map] = mapsOf(doc, [id]);
  if (!map) return null;
  return act(doc, () => {
    const had = plainCell(map).attachments ?? {};
    const dot = name.lastIndexOf(".");
    const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    let free = name;
    for (let number = 1; free in had; number++) free = `${stem}-${number}${ending}`;
    map.set("attachments", { ...had, [free]: { [type]: base64 } });
    return free;
  });
}

function forgetOutputs(map: CellMap): void {
  const outputs = map.get("outputs");
  if (!(outputs instanceof Y.Array)) map.set("outputs", new Y.Array());
  else if (outputs.length > 0) outputs.delete(0, outputs.length);
  if (map.get("execution_count") !== null) map.set("execution_count", null);
}

function mapsOf(doc: Y.Doc, ids: readonly string[]): CellMap[] {
  const wanted = new Set(ids);
  return cellsOf(doc).flatMap(({ id, map }) => (wanted.has(id) ? [map] : []));
}

export function act<T>(doc: Y.Doc, change: () => T): T {
  return doc.transact(change, ACT);
}

function removeMaps(doc: Y.Doc, maps: ReadonlySet<CellMap>): void {
  const array = arrayOf(doc);
  for (let index = array.length - 1; index >= 0; index--) if (maps.has(array.get(index))) array.delete(index);
}

/** The index in the order before which something is to be put. */
function gapAt(cells: readonly PlacedCell[], where: Where): number {
  if (where === null) return cells.length;
  const id = "before" in where ? where.before : where.after;
  const index = cells.findIndex((cell) => cell.id === id);
  if (index < 0) return cells.length;
  return "before" in where ? index : index + 1;
}

/**
 * Positions for so many cells in a gap. Where two people have put cells at one place at once, those after the gap get other
 * positions first, in the order in which they stand.
 */
function makeRoom(cells: readonly PlacedCell[], gap: number, count: number): string[] {
  const low = cells[gap - 1]?.place ?? "";
  let to = gap;
  while (to < cells.length && (cells[to] as PlacedCell).place <= low) to++;
  const positions = spread(low, cells[to]?.place ?? "", count + to - gap);
  if (!positions.every(isPosition)) return dealAnew(cells, gap, count);
  cells.slice(gap, to).forEach(({ map }, index) => void map.set("position", positions[count + index]));
  return positions.slice(0, count);
}

/** The cells in their order, each with a position of its own: one without goes wherever the one before it goes. */
function settledCells(doc: Y.Doc): PlacedCell[] {
  const cells = cellsOf(doc);
  if (cells.every(({ position }) => position !== null)) return cells;
  let low = "";
  for (let from = 0; from < cells.length; ) {
    let to = from;
    while (cells[to]?.position === null) to++;
    const high = cells[to]?.place ?? "";
    const positions = spread(low, high > low ? high : "", to - from);
    cells.slice(from, to).forEach(({ map }, index) => void map.set("position", positions[index]));
    low = cells[to]?.place ?? low;
    from = to + 1;
  }
  return cellsOf(doc);
}

/** Hundreds of cells put at one place make positions longer than they may be: all cells get new ones. */
function dealAnew(cells: readonly PlacedCell[], gap: number, count: number): string[] {
  const positions = spread("", "", cells.length + count);
  cells.forEach(({ map }, index) => void map.set("position", positions[index < gap ? index : index + count]));
  return positions.slice(gap, gap + count);
}
