/** A notebook in a shared document, as `sync/notebook/schema.py` of the server describes it. */
import * as Y from "yjs";
import { isPosition } from "./positions";

export const META = "meta";
export const CELLS = "cells";
/** Keys of a cell that are never part of the file. */
const OWN_KEYS = ["position", "execution_state"];

export type CellType = "code" | "markdown" | "raw";
export type ExecutionState = "idle" | "queued" | "running";
export type CellMap = Y.Map<unknown>;
export type JsonObject = Record<string, unknown>;

/** A cell as the file has it, with its source as one text. */
export interface PlainCell extends JsonObject {
  cell_type: CellType;
  source: string;
  metadata: JsonObject;
  outputs?: JsonObject[];
  execution_count?: number | null;
  attachments?: Record<string, Record<string, string>>;
}

/** A cell where it stands. `position` is its own place, if it has one; `place` and `after` are what it is sorted by. */
export interface PlacedCell {
  id: string;
  map: CellMap;
  position: string | null;
  place: string;
  after: number;
}

export const arrayOf = (doc: Y.Doc): Y.Array<CellMap> => doc.getArray<CellMap>(CELLS);
export const metaOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap(META);

/** The cells in their order. Of several with one id the first in the array counts. */
export function cellsOf(doc: Y.Doc): PlacedCell[] {
  const found: PlacedCell[] = [];
  const seen = new Set<string>();
  let place = "";
  let after = 0;
  for (const map of arrayOf(doc)) {
    if (!(map instanceof Y.Map)) continue;
    const position = map.get("position");
    const own = isPosition(position) ? position : null;
    if (own === null) after++;
    else [place, after] = [own, 0];
    const id = map.get("id");
    if (typeof id !== "string" || seen.has(id) || !(map.get("source") instanceof Y.Text)) continue;
    seen.add(id);
    found.push({ id, map, position: own, place, after });
  }
  return found.sort((a, b) => compare(a.place, b.place) || a.after - b.after || compare(a.id, b.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const sourceOf = (map: CellMap): Y.Text => map.get("source") as Y.Text;

export function typeOf(map: CellMap): CellType {
  const type = map.get("cell_type");
  return type === "code" || type === "markdown" ? type : "raw";
}

/** The metadata as plain values. */
export function metadataOf(map: CellMap): JsonObject {
  const metadata = map.get("metadata");
  if (metadata instanceof Y.Map) return metadata.toJSON();
  return isObject(metadata) ? metadata : {};
}

/** A cell as the file has it; what is only ours is left out. */
export function plainCell(map: CellMap): PlainCell {
  const plain = map.toJSON();
  for (const key of OWN_KEYS) delete plain[key];
  return { ...plain, cell_type: typeOf(map), source: sourceOf(map).toString(), metadata: metadataOf(map) };
}

/** A map to be put into the array. */
export function newCell(cell: PlainCell, id: string, position: string): CellMap {
  const map: CellMap = new Y.Map();
  const { source, metadata, outputs, ...rest } = cell;
  for (const [key, value] of Object.entries(rest)) if (!OWN_KEYS.includes(key)) map.set(key, value);
  map.set("id", id);
  map.set("position", position);
  map.set("source", new Y.Text(source));
  map.set("metadata", new Y.Map(Object.entries(metadata)));
  if (cell.cell_type === "code") {
    map.set("outputs", Y.Array.from((outputs ?? []).map(newOutput)));
    map.set("execution_count", cell.execution_count ?? null);
    map.set("execution_state", "idle");
  }
  return map;
}

export function newOutput(output: JsonObject): Y.Map<unknown> {
  const map = new Y.Map<unknown>(Object.entries(output));
  if (output.output_type === "stream") map.set("text", new Y.Text(String(output.text ?? "")));
  return map;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An id that no cell of the document has. */
export function freshId(taken: (id: string) => boolean): string {
  for (;;) {
    const id = [...crypto.getRandomValues(new Uint8Array(4))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    if (!taken(id)) return id;
  }
}
