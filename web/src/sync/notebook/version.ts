/** A version of a notebook as plain cells: read from the text that the history has of it, or from the live document. */
import type * as Y from "yjs";
import { CELLS, cellsOf, isObject, type JsonObject, metaOf, type PlainCell, plainCell } from "./schema";

export interface NotebookVersion {
  cells: readonly PlainCell[];
  /** All but the cells: `nbformat`, `nbformat_minor`, `metadata` and whatever else a program has put there. */
  meta: JsonObject;
}

export const EMPTY_VERSION: NotebookVersion = { cells: [], meta: {} };

/** Reads a version's text (`sync/notebook/values.py`), which is empty before anybody has written. */
export function readVersion(text: string): NotebookVersion {
  if (text === "") return EMPTY_VERSION;
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new TypeError("The text of this version is no notebook.");
  const { [CELLS]: cells, ...meta } = value;
  return { cells: (Array.isArray(cells) ? cells : []).filter(isObject).map(inForm), meta };
}

/** The notebook that a document holds, in the same form. */
export function versionOf(doc: Y.Doc): NotebookVersion {
  const meta = metaOf(doc).toJSON();
  const cells = cellsOf(doc).map(({ map }) => inForm(plainCell(map)));
  if (!hasIds(meta)) for (const cell of cells) delete cell.id;
  if (cells.length === 0 && Object.keys(meta).length === 0) return EMPTY_VERSION;
  return { cells, meta: { nbformat: 4, nbformat_minor: 5, metadata: {}, ...meta } };
}

function inForm(fields: JsonObject): PlainCell {
  const type = fields.cell_type;
  const cell: PlainCell = {
    ...fields,
    cell_type: type === "code" || type === "markdown" ? type : "raw",
    source: typeof fields.source === "string" ? fields.source : "",
    metadata: isObject(fields.metadata) ? fields.metadata : {},
  };
  if (cell.cell_type === "code") {
    cell.outputs = Array.isArray(fields.outputs) ? fields.outputs.filter(isObject) : [];
    cell.execution_count = typeof fields.execution_count === "number" ? fields.execution_count : null;
  } else if (isObject(cell.attachments) && Object.keys(cell.attachments).length === 0) {
    delete cell.attachments;
  }
  return cell;
}

/** Whether the cells of a notebook with this metadata have ids in its file: since version 4.5 of the format. */
export function hasIds(meta: JsonObject): boolean {
  const [major, minor] = [Number(meta.nbformat ?? 4), Number(meta.nbformat_minor ?? 5)];
  return major > 4 || (major === 4 && minor >= 5);
}

/** What the code of a notebook is written in, as its kernel calls it. */
export function languageIn({ meta }: NotebookVersion): string {
  const metadata = isObject(meta.metadata) ? meta.metadata : {};
  const info = isObject(metadata.language_info) ? metadata.language_info : {};
  const spec = isObject(metadata.kernelspec) ? metadata.kernelspec : {};
  return String(info.name ?? spec.language ?? "python");
}

/** The same version, with the very cells of another one where they are equal: who draws those need not look again. */
export function sharing(version: NotebookVersion, known: NotebookVersion): NotebookVersion {
  if (known === version) return version;
  const byId = new Map(known.cells.map((cell, index) => [cell.id ?? index, cell]));
  const cells = version.cells.map((cell, index) => {
    const other = byId.get(cell.id ?? index);
    if (!other) return cell;
    if (sameValue(cell, other)) return other;
    return other.outputs && sameValue(cell.outputs, other.outputs) ? { ...cell, outputs: other.outputs } : cell;
  });
  return { ...version, cells };
}

/** Whether two values are the same JSON. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  );
}
