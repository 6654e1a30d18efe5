/** What a history shows of a notebook's version beside another one: its cells in their order, and what can be restored. */
import type { Edit } from "../../../sync/difference";
import {
  type CellPart,
  type CellRow,
  changedParts,
  compareNotebooks,
  isMetaChanged,
} from "../../../sync/notebook/comparison";
import type { RestoredPart, RestoredThing } from "../../../sync/notebook/restoring";
import type { PlainCell } from "../../../sync/notebook/schema";
import type { NotebookVersion } from "../../../sync/notebook/version";
import type { Side } from "../marks";

/** A version on the screen beside another one. */
export interface ShownNotebooks {
  /** The same while the same version is compared in the same way. */
  key: string;
  shown: NotebookVersion;
  other: NotebookVersion;
  /** Which of the two is on the screen. */
  side: Side;
  /** What the other one is called. */
  otherName: string;
  /** The one on the screen is what the notebook is now, or the other one is. */
  now: "shown" | "other" | null;
}

type Which = "shown" | "other";

/** Something to be done about a cell, by its words on a button. */
export interface CellAct {
  label: string;
  /** What is to be as in which of the two; `index` is the cell's there. */
  to: Which;
  how: { part: RestoredPart; index: number; moved: boolean } | { remove: number } | "meta";
  /** What it restores, in "Restored …". */
  what: string;
}

interface Item {
  key: string;
  /** What is another, in words; none of what is the same. */
  words: readonly string[];
  acts: readonly CellAct[];
}

export interface CellItem extends Item {
  kind: "cell";
  /** As it is on the screen: as in the version that is shown or, where that lacks it, in the other one. */
  cell: PlainCell;
  /** As it is in the other one, when it is in both. */
  other: PlainCell | null;
  where: "both" | "here" | "there";
  /** Counted from 1 in the version that it is from. */
  number: number;
  /** From the other source to this one. */
  edits: readonly Edit[];
  parts: readonly CellPart[];
}

export interface MetaItem extends Item {
  kind: "meta";
  /** What is no cell, as JSON: in the other one and here. */
  texts: { older: string; newer: string };
}

export type HistoryItem = CellItem | MetaItem;

const TYPES = { code: "Code", markdown: "Markdown", raw: "Raw" };
const PARTS: Record<Exclude<CellPart, "type">, string> = {
  source: "Text changed",
  outputs: "Outputs changed",
  attachments: "Pictures changed",
  metadata: "Details changed",
};

/** All that is to be shown, in the order of the version on the screen; what only the other one has stands where it was. */
export function itemsOf(notebooks: ShownNotebooks): HistoryItem[] {
  const { shown, other } = notebooks;
  const comparison = compareNotebooks(other, shown);
  const items: HistoryItem[] = comparison.rows.map((row) => cellItem(notebooks, row));
  // Every notebook has settings that the empty one has not.
  if (![shown, other].some(isEmpty) && isMetaChanged(comparison.meta)) items.unshift(metaItem(notebooks));
  return items;
}

function cellItem(notebooks: ShownNotebooks, row: CellRow): CellItem {
  const { shown, other } = notebooks;
  const here = row.newer === null ? null : (shown.cells[row.newer] as PlainCell);
  const there = row.older === null ? null : (other.cells[row.older] as PlainCell);
  const parts = here && there ? changedParts(row) : [];
  const where = here ? (there ? "both" : "here") : "there";
  const cell = (here ?? there) as PlainCell;
  return {
    kind: "cell",
    key: cell.id === undefined ? `${where} ${here ? row.newer : row.older}` : `cell ${String(cell.id)}`,
    cell,
    other: here ? there : null,
    where,
    number: ((here ? row.newer : row.older) ?? 0) + 1,
    edits: row.source,
    parts,
    words: wordsOf(notebooks, where, row.moved, parts, there),
    acts: actsOf(notebooks, row, where, parts),
  };
}

function wordsOf(
  { side, otherName }: ShownNotebooks,
  where: CellItem["where"],
  moved: boolean,
  parts: readonly CellPart[],
  there: PlainCell | null,
): string[] {
  if (where === "here") return [side === "newer" ? "Added" : `Not in ${otherName}`];
  if (where === "there") return [side === "newer" ? "Removed" : `Only in ${otherName}`];
  const words = parts.map((part) =>
    part !== "type" ? PARTS[part] : `${side === "newer" ? "Was" : "Became"} ${TYPES[there?.cell_type ?? "raw"]}`,
  );
  return moved ? ["Moved", ...words] : words;
}

function actsOf(
  { side, now }: ShownNotebooks,
  row: CellRow,
  where: CellItem["where"],
  parts: readonly CellPart[],
): CellAct[] {
  const acts: CellAct[] = [];
  const what = "a cell";
  const isOther = where !== "both" || parts.length > 0 || row.moved;
  const { older, newer, moved } = row;
  // As it is on the screen, where that can be another than it is now.
  if (newer !== null && now !== "shown" && (now !== "other" || isOther)) {
    const label = where === "here" && side === "older" ? "Bring this cell back" : "Restore this cell";
    acts.push({ label, what, to: "shown", how: { part: "cell", index: newer, moved } });
    if (parts.includes("source") && parts.includes("outputs")) {
      const how = { part: "source", index: newer, moved: false } as const;
      acts.push({ label: "Its text only", what: "the text of a cell", to: "shown", how });
    }
  }
  // As it was before what is marked.
  if (newer !== null && older === null && side === "newer") {
    acts.push({ label: "Take this cell out", what, to: "shown", how: { remove: newer } });
  } else if (older !== null && isOther && side === "newer") {
    const label = where === "there" ? "Bring this cell back" : "Take this change back";
    acts.push({ label, what, to: "other", how: { part: "cell", index: older, moved } });
  } else if (older !== null && where === "there") {
    acts.push({ label: "Take this cell out", what, to: "other", how: { remove: older } });
  }
  return acts;
}

/** What an act asks for, of the two that are compared. */
export function thingOf({ to, how }: CellAct, notebooks: ShownNotebooks): RestoredThing {
  const of = notebooks[to];
  if (how === "meta") return { meta: of };
  return "remove" in how ? { remove: how.remove, of } : { cell: how.index, of, part: how.part, moved: how.moved };
}

function metaItem({ shown, other, side, now }: ShownNotebooks): MetaItem {
  const acts: CellAct[] = [];
  const what = "the notebook’s settings";
  if (now !== "shown") acts.push({ label: "Restore these settings", what, to: "shown", how: "meta" });
  if (side === "newer") acts.push({ label: "Take this change back", what, to: "other", how: "meta" });
  return { kind: "meta", key: "meta", texts: fieldTexts(other.meta, shown.meta, FORMAT), words: ["Changed"], acts };
}

const isEmpty = ({ meta }: NotebookVersion): boolean => Object.keys(meta).length === 0;

/** That is the file's, and comes of itself. */
const FORMAT = ["nbformat", "nbformat_minor"];

/** An item's name, for those who do not see its marks. */
export function nameOfItem(item: HistoryItem): string {
  const name = item.kind === "meta" ? "Notebook settings" : `${TYPES[item.cell.cell_type]} cell ${item.number}`;
  return [name, ...item.words.map((words) => words.charAt(0).toLowerCase() + words.slice(1))].join(", ");
}

/** How many cells only the shown version has, how many only the other one, and how many are in both and differ. */
export function countItems(items: readonly HistoryItem[]): { here: number; there: number; changed: number } {
  const counts = { here: 0, there: 0, changed: 0 };
  for (const item of items) {
    if (item.kind !== "cell") continue;
    if (item.where !== "both") counts[item.where]++;
    else if (item.words.length > 0) counts.changed++;
  }
  return counts;
}

/** Where a value differs between two records, each as JSON with its keys in one order. */
export function fieldTexts(
  older: object,
  newer: object,
  except: readonly string[] = [],
): { older: string; newer: string } {
  const text = (value: object) =>
    JSON.stringify(Object.fromEntries(Object.entries(value).filter(([key]) => !except.includes(key))), sorted, 2);
  return { older: text(older), newer: text(newer) };
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
