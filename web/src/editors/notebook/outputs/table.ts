/** Data frames, as pandas and Polars write them in HTML, as tables of texts. Pure, but for a parsed document. */

export interface HeadCell {
  text: string;
  span: number;
  rows: number;
}

export interface Table {
  /** Rows of the head, the last of which names the columns one by one. */
  head: HeadCell[][];
  /** How many of the columns on the left are the index. */
  index: number;
  columns: number;
  rows: string[][];
  /** What is written under it, such as "1000 rows × 3 columns". */
  note: string;
  /** Whether a column holds numbers only. */
  numeric: boolean[];
}

/** Larger ones are drawn in a frame, which may take its time. */
export const MAX_CELLS = 40_000;

/** The table of a data frame, or null when it is not one that a grid shows as well. */
export function readTable(table: HTMLTableElement, note: string): Table | null {
  if (table.querySelector("table, img, a, input, button") || table.rows.length === 0) return null;
  const headRows = [...(table.tHead?.rows ?? [])];
  const bodyRows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const head = headRows.map((row) =>
    [...row.cells].map((cell) => ({ text: textOf(cell), span: span(cell.colSpan), rows: span(cell.rowSpan) })),
  );
  const columns = Math.max(0, ...head.map((row) => row.reduce((sum, cell) => sum + cell.span, 0)));
  if (columns === 0 || columns * bodyRows.length > MAX_CELLS) return null;
  const rows = fill(bodyRows, columns);
  if (!rows) return null;
  const index = Math.max(0, ...bodyRows.map((row) => [...row.cells].filter((cell) => cell.tagName === "TH").length));
  const numeric = Array.from({ length: columns }, (_, column) => isNumeric(rows.map((row) => row[column] ?? "")));
  return { head, index: Math.min(index, columns), columns, rows, note, numeric };
}

/** Each row with all its cells: a level of the index that goes over several rows is repeated. Null if they do not fit. */
function fill(bodyRows: readonly HTMLTableRowElement[], columns: number): string[][] | null {
  const above: { text: string; left: number }[] = [];
  const rows: string[][] = [];
  for (const row of bodyRows) {
    const cells: string[] = [];
    const own = [...row.cells];
    for (let column = 0; column < columns; column++) {
      const over = above[column];
      if (over && over.left > 0) {
        over.left -= 1;
        cells.push(over.text);
        continue;
      }
      const cell = own.shift();
      if (!cell || cell.colSpan > 1) return null;
      const text = textOf(cell);
      above[column] = { text, left: span(cell.rowSpan) - 1 };
      cells.push(text);
    }
    if (own.length > 0) return null;
    rows.push(cells);
  }
  return rows;
}

function textOf(cell: Element): string {
  return (cell.textContent ?? "").trim();
}

function span(value: number): number {
  return Math.max(1, Math.min(1_000, value));
}

const MISSING = /^(nan|none|null|nat|<na>|…|\.\.\.|)$/i;
const NUMBER = /^[+-]?(\d[\d,_]*\.?\d*|\.\d+)(e[+-]?\d+)?%?$|^[+-]?inf$/i;

function isNumeric(values: readonly string[]): boolean {
  const known = values.filter((value) => !MISSING.test(value));
  return known.length > 0 && known.every((value) => NUMBER.test(value));
}

/** The row that stands for those that pandas left out. */
export function isGap(row: readonly string[]): boolean {
  return row.length > 0 && row.every((cell) => cell === "..." || cell === "…");
}

/** The order of the rows, sorted by a column; what is missing comes last. Numbers by value, everything else by its letters. */
export function sorted(table: Table, column: number, descending: boolean): number[] {
  const { rows, numeric } = table;
  const sign = descending ? -1 : 1;
  const letters = new Intl.Collator("en", { numeric: true });
  const keys = rows.map((row) => row[column] ?? "");
  const numbers = numeric[column] ? keys.map(numberOf) : [];
  return rows
    .map((_, index) => index)
    .toSorted((one, other) => {
      const missing = Number(MISSING.test(keys[one] ?? "")) - Number(MISSING.test(keys[other] ?? ""));
      if (missing !== 0) return missing;
      const order = numeric[column]
        ? (numbers[one] ?? 0) - (numbers[other] ?? 0)
        : letters.compare(keys[one] ?? "", keys[other] ?? "");
      return order * sign || one - other;
    });
}

function numberOf(text: string): number {
  if (/inf$/i.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number.parseFloat(text.replace(/[,_]/g, "")) || 0;
}
