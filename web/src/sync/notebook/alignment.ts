/** Which cells of two notebooks are the same cell, as `sync/notebook/alignment.py` of the server tells it. */
import { compareLines, difference } from "../difference";
import type { PlainCell } from "./schema";

/** Cells without ids that have more than this in common are the same, changed. */
const ALIKE = 0.5;
/** How much of two sources is compared for that, and in how long a stretch of changed cells. */
const MAX_CHARACTERS = 2_000;
const MAX_STRETCH = 40;

type Indexed = readonly [number, PlainCell];

/** The index in `older` of each cell of `newer`, or null: by their ids, or where there are none by what they hold. */
export function aligned(older: readonly PlainCell[], newer: readonly PlainCell[]): (number | null)[] {
  const pairs: (number | null)[] = newer.map(() => null);
  const byId = idsOf(older);
  const newerIds = idsOf(newer);
  newer.forEach((cell, index) => {
    const there = cell.id === undefined ? undefined : byId.get(cell.id);
    if (there !== undefined) pairs[index] = there;
  });
  const taken = new Set(pairs);
  // A cell with an id is not one that has another id.
  const left = older.flatMap((cell, index): Indexed[] =>
    taken.has(index) || (cell.id !== undefined && newerIds.size > 0) ? [] : [[index, cell]],
  );
  const right = newer.flatMap((cell, index): Indexed[] =>
    pairs[index] !== null || (cell.id !== undefined && byId.size > 0) ? [] : [[index, cell]],
  );
  if (left.length > 0 && right.length > 0) pairByContent(left, right, pairs);
  return pairs;
}

function idsOf(cells: readonly PlainCell[]): Map<unknown, number> {
  return new Map(cells.flatMap((cell, index) => (cell.id === undefined ? [] : [[cell.id, index] as const])));
}

function pairByContent(older: readonly Indexed[], newer: readonly Indexed[], pairs: (number | null)[]): void {
  const taken = new Set<number>();
  const pair = (a: number, b: number) => {
    const [[there], [here]] = [older[a] as Indexed, newer[b] as Indexed];
    pairs[here] = there;
    taken.add(there);
  };
  let [atA, atB] = [0, 0];
  const end = { fromA: older.length, toA: older.length, fromB: newer.length, toB: newer.length };
  for (const hunk of [...compareLines(older.map(keyOf), newer.map(keyOf)), end]) {
    while (atA < hunk.fromA) pair(atA++, atB++);
    pairChanged(older, newer, hunk, pair);
    [atA, atB] = [hunk.toA, hunk.toB];
  }
  // What was moved is elsewhere, as it was.
  const left = new Map(older.filter(([index]) => !taken.has(index)).map((one) => [keyOf(one), one[0]]));
  for (const one of newer) {
    const there = pairs[one[0]] === null ? left.get(keyOf(one)) : undefined;
    if (there === undefined) continue;
    pairs[one[0]] = there;
    left.delete(keyOf(one));
  }
}

const keyOf = ([, cell]: Indexed): string => `${cell.cell_type} ${cell.source}`;

interface Stretch {
  fromA: number;
  toA: number;
  fromB: number;
  toB: number;
}

/** In a stretch of changed cells, those are the same that are alike, or of as many the one in its place. */
function pairChanged(
  older: readonly Indexed[],
  newer: readonly Indexed[],
  { fromA, toA, fromB, toB }: Stretch,
  pair: (a: number, b: number) => void,
): void {
  const search = toA - fromA <= MAX_STRETCH && toB - fromB <= MAX_STRETCH;
  let b = fromB;
  for (let a = fromA; a < toA; a++) {
    const cell = (older[a] as Indexed)[1];
    let found = -1;
    for (let at = b; search && found < 0 && at < toB; at++) {
      if (isAlike(cell, (newer[at] as Indexed)[1])) found = at;
    }
    const inPlace = fromB + a - fromA;
    const asMany = toA - fromA === toB - fromB;
    if (found < 0 && asMany && inPlace >= b && cell.cell_type === newer[inPlace]?.[1].cell_type) found = inPlace;
    if (found < 0) continue;
    pair(a, found);
    b = found + 1;
  }
}

function isAlike(a: PlainCell, b: PlainCell): boolean {
  if (a.cell_type !== b.cell_type) return false;
  const [one, other] = [a.source.slice(0, MAX_CHARACTERS), b.source.slice(0, MAX_CHARACTERS)];
  const both = one.length + other.length;
  if (2 * Math.min(one.length, other.length) <= ALIKE * both) return false;
  const lost = difference(one, other).reduce((sum, { from, to }) => sum + to - from, 0);
  return 2 * (one.length - lost) > ALIKE * both;
}

/** Which indices of `numbers` make up a longest part that rises; null is passed over. */
export function longestRising(numbers: readonly (number | null)[]): Set<number> {
  const ends: number[] = [];
  const before: number[] = [];
  numbers.forEach((number, index) => {
    if (number === null) return;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] as number] as number) < number) low = middle + 1;
      else high = middle;
    }
    before[index] = low > 0 ? (ends[low - 1] as number) : -1;
    ends[low] = index;
  });
  const found = new Set<number>();
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at] as number) found.add(at);
  return found;
}
