/** The difference of two notebooks, by cell. */
import { applyEdits, difference, type Edit } from "../difference";
import { aligned, longestRising } from "./alignment";
import type { JsonObject, PlainCell } from "./schema";
import { type NotebookVersion, sameValue } from "./version";

/** Fields with other values than before, and those that are not there any more. */
export interface FieldChanges {
  set: JsonObject;
  unset: readonly string[];
}

/** One cell of either notebook or of both. */
export interface CellRow {
  /** Its index in the older one; null: it was added. */
  older: number | null;
  /** Its index in the newer one; null: it was removed. */
  newer: number | null;
  /** It stands elsewhere among the others. */
  moved: boolean;
  /** From the older source to the newer one. */
  source: readonly Edit[];
  /** All other fields. */
  fields: FieldChanges;
}

export interface NotebookComparison {
  older: NotebookVersion;
  newer: NotebookVersion;
  /** In the order of the newer one; what was removed follows the cell that it followed. */
  rows: readonly CellRow[];
  /** Of what is not a cell. */
  meta: FieldChanges;
}

/** What of a cell can be another. */
export type CellPart = "source" | "type" | "outputs" | "metadata" | "attachments";

const SAME: FieldChanges = { set: {}, unset: [] };

export function compareNotebooks(older: NotebookVersion, newer: NotebookVersion): NotebookComparison {
  const pairs = aligned(older.cells, newer.cells);
  const stayed = longestRising(pairs);
  const removed = removedAfter(older.cells.length, new Set(pairs));
  const rows: CellRow[] = [...(removed.get(-1) ?? [])];
  newer.cells.forEach((cell, index) => {
    const there = pairs[index] ?? null;
    const before = there === null ? undefined : older.cells[there];
    rows.push({
      older: there,
      newer: index,
      moved: before !== undefined && !stayed.has(index),
      source: before && before.source !== cell.source ? difference(before.source, cell.source) : [],
      fields: before ? changedFields(before, cell, "source") : SAME,
    });
    if (there !== null) rows.push(...(removed.get(there) ?? []));
  });
  return { older, newer, rows, meta: changedFields(older.meta, newer.meta) };
}

/** Rows of the cells that are not in the newer one, by the cell before them that is. */
function removedAfter(count: number, kept: ReadonlySet<number | null>): Map<number, CellRow[]> {
  const found = new Map<number, CellRow[]>();
  let last = -1;
  for (let index = 0; index < count; index++) {
    if (kept.has(index)) {
      last = index;
      continue;
    }
    const rows = found.get(last) ?? [];
    rows.push({ older: index, newer: null, moved: false, source: [], fields: SAME });
    found.set(last, rows);
  }
  return found;
}

function changedFields(older: JsonObject, newer: JsonObject, except?: string): FieldChanges {
  if (older === newer) return SAME;
  const set: JsonObject = {};
  for (const [key, value] of Object.entries(newer)) {
    if (key !== except && !(Object.hasOwn(older, key) && sameValue(older[key], value))) set[key] = value;
  }
  const unset = Object.keys(older).filter((key) => key !== except && !Object.hasOwn(newer, key));
  return Object.keys(set).length === 0 && unset.length === 0 ? SAME : { set, unset };
}

/** The newer notebook, made from the older one by the changes alone. */
export function applyComparison(older: NotebookVersion, { newer, rows, meta }: NotebookComparison): NotebookVersion {
  const cells = rows.flatMap((row): PlainCell[] => {
    if (row.newer === null) return [];
    const before = row.older === null ? undefined : older.cells[row.older];
    if (!before) return [newer.cells[row.newer] as PlainCell];
    return [{ ...applyFields(before, row.fields), source: applyEdits(before.source, row.source) } as PlainCell];
  });
  return { cells, meta: applyFields(older.meta, meta) };
}

function applyFields(fields: JsonObject, { set, unset }: FieldChanges): JsonObject {
  const rest = Object.entries(fields).filter(([key]) => !unset.includes(key));
  return { ...Object.fromEntries(rest), ...set };
}

/** What of a cell that is in both is another. Its id does not count: older versions of the format have none. */
export function changedParts({ source, fields }: CellRow): CellPart[] {
  const keys = new Set([...Object.keys(fields.set), ...fields.unset]);
  const parts: CellPart[] = source.length > 0 ? ["source"] : [];
  if (keys.delete("cell_type")) {
    parts.push("type");
    // A cell of another type has other fields.
    if (!hasAny(fields.set.outputs)) keys.delete("outputs");
    if (typeof fields.set.execution_count !== "number") keys.delete("execution_count");
  }
  const outputs = [keys.delete("outputs"), keys.delete("execution_count")];
  if (outputs.includes(true)) parts.push("outputs");
  if (keys.delete("attachments")) parts.push("attachments");
  keys.delete("id");
  if (keys.size > 0) parts.push("metadata");
  return parts;
}

const hasAny = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

export function isChanged(row: CellRow): boolean {
  return row.older === null || row.newer === null || row.moved || changedParts(row).length > 0;
}

/** Whether what is not a cell is another, for a person: the version of the format is none of that. */
export function isMetaChanged({ set, unset }: FieldChanges): boolean {
  return [...Object.keys(set), ...unset].some((key) => key !== "nbformat" && key !== "nbformat_minor");
}
