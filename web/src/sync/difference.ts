/**
 * Differences of texts and their merge.
 *
 * A difference is found by lines and then by characters inside changed lines, with a bound on the work, so that it is
 * quick for any input and small for the usual one. Positions are UTF-16 code units, as in Y.Text.
 */
import { anchors } from "./anchors";

/** Replace the text in [from, to) by `insert`. */
export interface Edit {
  from: number;
  to: number;
  insert: string;
}

/** Past this many differing items the search goes on between lines that stand once in both texts … */
const MAX_DISTANCE = 1000;
/** … and past this many between two of those it replaces the stretch: 100,000 lines that have nothing else in common then
 * still take less than a second. */
const MAX_DISTANCE_BETWEEN = 250;
/** Changed stretches longer than this are not looked at character by character. */
const MAX_CHARACTERS = 20_000;

/** Edits, in order and apart, that turn `a` into `b`. */
export function difference(a: string, b: string): Edit[] {
  if (a === b) return [];
  const linesA = splitLines(a);
  const linesB = splitLines(b);
  const edits: Edit[] = [];
  let offset = 0;
  let done = 0;
  for (const hunk of compareLines(linesA, linesB)) {
    for (; done < hunk.fromA; done++) offset += linesA[done]?.length ?? 0;
    const old = linesA.slice(hunk.fromA, hunk.toA).join("");
    const now = linesB.slice(hunk.fromB, hunk.toB).join("");
    for (const edit of characterDifference(old, now)) {
      edits.push({ from: edit.from + offset, to: edit.to + offset, insert: edit.insert });
    }
    offset += old.length;
    done = hunk.toA;
  }
  return edits;
}

/** The text after the edits. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.from) + edit.insert;
    at = edit.to;
  }
  return result + text.slice(at);
}

/**
 * `mine`, edits of a text, as edits of what that text became by `theirs`. What both did alike is done once; text that
 * they inserted inside something that mine deletes stays.
 */
export function rebase(mine: readonly Edit[], theirs: readonly Edit[]): Edit[] {
  const result: Edit[] = [];
  for (const edit of mine) {
    const twin = theirs.find((other) => other.from === edit.from && other.to === edit.to);
    const rest = twin && restOf(edit.insert, twin.insert);
    if (twin && rest) {
      const at = mapPosition(twin.from, theirs) - twin.insert.length + rest.at;
      if (rest.insert !== "") result.push({ from: at, to: at, insert: rest.insert });
      continue;
    }
    if (edit.insert !== "") {
      const at = mapPosition(edit.from, theirs);
      result.push({ from: at, to: at, insert: edit.insert });
    }
    let from = edit.from;
    for (const other of theirs) {
      if (other.to < from || other.from > edit.to) continue;
      pushDeletion(result, from, Math.min(other.from, edit.to), theirs);
      from = Math.max(from, other.to);
    }
    pushDeletion(result, from, edit.to, theirs);
  }
  return result;
}

/**
 * What of `mine` is missing in `theirs`, when one of them is the other with something put in: a word that was half sent when
 * a history ended stands in both.
 */
function restOf(mine: string, theirs: string): { at: number; insert: string } | undefined {
  const { from, to, insert } = trimmed(theirs, mine);
  if (from === to) return { at: from, insert };
  return insert === "" ? { at: from, insert } : undefined;
}

function pushDeletion(edits: Edit[], from: number, to: number, theirs: readonly Edit[]): void {
  if (from >= to) return;
  const start = mapPosition(from, theirs);
  edits.push({ from: start, to: start + (to - from), insert: "" });
}

/** Where a position is after the edits; behind what was inserted at it. */
export function mapPosition(position: number, edits: readonly Edit[]): number {
  let shift = 0;
  for (const edit of edits) {
    if (edit.from > position) break;
    if (edit.to > position) return edit.from + shift + edit.insert.length;
    shift += edit.insert.length - (edit.to - edit.from);
  }
  return position + shift;
}

function splitLines(text: string): string[] {
  return text.split(/(?<=\n)/);
}

function characterDifference(a: string, b: string): Edit[] {
  if (a.length + b.length > MAX_CHARACTERS) return [trimmed(a, b)];
  const [pointsA, pointsB] = [[...a], [...b]];
  const hunks = compare(pointsA, pointsB, MAX_DISTANCE) ?? whole(pointsA, pointsB);
  return hunks.map((hunk) => hunkToEdit(hunk, pointsA, pointsB));
}

function hunkToEdit(hunk: Hunk, a: string[], b: string[]): Edit {
  const from = a.slice(0, hunk.fromA).join("").length;
  return {
    from,
    to: from + a.slice(hunk.fromA, hunk.toA).join("").length,
    insert: b.slice(hunk.fromB, hunk.toB).join(""),
  };
}

/** One edit from the first difference to the last, never between the halves of a surrogate pair. */
function trimmed(a: string, b: string): Edit {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  if (start > 0 && isHighSurrogate(a.charCodeAt(start - 1))) start--;
  let end = 0;
  while (end < most - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++;
  if (end > 0 && isLowSurrogate(a.charCodeAt(a.length - end))) end--;
  return { from: start, to: a.length - end, insert: b.slice(start, b.length - end) };
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

interface Hunk {
  fromA: number;
  toA: number;
  fromB: number;
  toB: number;
}

const whole = (a: readonly string[], b: readonly string[]): Hunk[] => [
  { fromA: 0, toA: a.length, fromB: 0, toB: b.length },
];

const moved = (hunk: Hunk, byA: number, byB: number): Hunk => ({
  fromA: hunk.fromA + byA,
  toA: hunk.toA + byA,
  fromB: hunk.fromB + byB,
  toB: hunk.toB + byB,
});

export function compareLines(a: readonly string[], b: readonly string[]): Hunk[] {
  const near = compare(a, b, MAX_DISTANCE);
  if (near) return near;
  const hunks: Hunk[] = [];
  let fromA = 0;
  let fromB = 0;
  for (const [toA, toB] of [...anchors(a, b), [a.length, b.length] as const]) {
    const [partA, partB] = [a.slice(fromA, toA), b.slice(fromB, toB)];
    const found = compare(partA, partB, MAX_DISTANCE_BETWEEN) ?? whole(partA, partB);
    for (const hunk of found) hunks.push(moved(hunk, fromA, fromB));
    [fromA, fromB] = [toA + 1, toB + 1];
  }
  return hunks;
}

/**
 * Myers' greedy algorithm ("An O(ND) difference algorithm", 1986) between the common start and end; nothing when they are
 * further apart than `most`.
 */
function compare(a: readonly string[], b: readonly string[], most: number): Hunk[] | undefined {
  let start = 0;
  let endA = a.length;
  let endB = b.length;
  while (start < endA && start < endB && a[start] === b[start]) start++;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  if (start === endA && start === endB) return [];
  const [innerA, innerB] = [a.slice(start, endA), b.slice(start, endB)];
  const path = start === endA || start === endB ? whole(innerA, innerB) : search(innerA, innerB, most);
  return path?.map((hunk) => moved(hunk, start, start));
}

function search(a: readonly string[], b: readonly string[], most: number): Hunk[] | undefined {
  const limit = Math.min(a.length + b.length, most);
  const offset = limit + 1;
  const furthest = new Int32Array(2 * limit + 3);
  const trace: Int32Array[] = [];
  for (let distance = 0; distance <= limit; distance++) {
    // Only the diagonals of this distance are kept, so that the whole trace stays below MAX_DISTANCE² entries.
    trace.push(furthest.slice(offset - distance - 1, offset + distance + 2));
    for (let diagonal = -distance; diagonal <= distance; diagonal += 2) {
      const down = at(furthest, offset + diagonal + 1);
      const right = at(furthest, offset + diagonal - 1);
      let x = diagonal === -distance || (diagonal !== distance && right < down) ? down : right + 1;
      let y = x - diagonal;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++;
        y++;
      }
      furthest[offset + diagonal] = x;
      if (x >= a.length && y >= b.length) return backtrack(trace, a.length, b.length);
    }
  }
  return undefined;
}

const at = (array: Int32Array, index: number) => array[index] ?? 0;

function backtrack(trace: readonly Int32Array[], lengthA: number, lengthB: number): Hunk[] {
  const hunks: Hunk[] = [];
  let x = lengthA;
  let y = lengthB;
  for (let distance = trace.length - 1; distance > 0; distance--) {
    const furthest = trace[distance] as Int32Array;
    const middle = distance + 1;
    const diagonal = x - y;
    const down = at(furthest, middle + diagonal + 1);
    const right = at(furthest, middle + diagonal - 1);
    const inserted = diagonal === -distance || (diagonal !== distance && right < down);
    const fromX = inserted ? down : right;
    const fromY = fromX - (inserted ? diagonal + 1 : diagonal - 1);
    const step = { fromA: fromX, toA: inserted ? fromX : fromX + 1, fromB: fromY, toB: inserted ? fromY + 1 : fromY };
    const next = hunks[hunks.length - 1];
    if (next && next.fromA === step.toA && next.fromB === step.toB) {
      next.fromA = step.fromA;
      next.fromB = step.fromB;
    } else {
      hunks.push(step);
    }
    x = fromX;
    y = fromY;
  }
  return hunks.reverse();
}
