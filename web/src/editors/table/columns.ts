/** Widths of columns, and which of them are in view. Pure. */
import type { Row } from "./rows";

export const MIN_WIDTH = 48;
export const MAX_WIDTH = 800;
const LETTER = 7.8;
const PADDING = 24;
const WIDEST_AT_FIRST = 320;

/** Wide enough for the name and the first rows. */
export function naturalWidths(names: readonly string[], columns: number, sample: readonly Row[]): number[] {
  return Array.from({ length: columns }, (_, column) => {
    const longest = sample.reduce(
      (most, row) => Math.max(most, row[column]?.length ?? 0),
      (names[column] ?? columnName(column)).length + 1,
    );
    return Math.round(Math.max(64, Math.min(WIDEST_AT_FIRST, longest * LETTER + PADDING)));
  });
}

/** Where each column begins; the last is where all end. */
export function offsets(widths: readonly number[]): number[] {
  const found = [0];
  for (const width of widths) found.push((found.at(-1) ?? 0) + width);
  return found;
}

/** The first and the last column of which something is between two places. */
export function columnsIn(starts: readonly number[], from: number, to: number): [first: number, last: number] {
  const count = starts.length - 1;
  const at = (place: number) => {
    let low = 0;
    let high = Math.max(0, count - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return [at(from), Math.min(count - 1, at(to))];
}

/** The name of a column that has none: A, B, … Z, AA. */
export function columnName(column: number): string {
  let name = "";
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}

export const isNumber = (cell: string): boolean => /^[+-]?(\d[\d.,_ ]*|\.\d+)(e[+-]?\d+)?\s?%?$/i.test(cell);
