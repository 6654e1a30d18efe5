/** The changes between two texts as a person sees them: stretches of lines that can be taken back one by one. */
import { difference, type Edit, rebase } from "./difference";

export interface Range {
  from: number;
  to: number;
}

/** One change: where it is in either text, and the edits of the newer one that make this part as it was in the older. */
export interface Hunk {
  older: Range;
  newer: Range;
  back: readonly Edit[];
}

export interface Comparison {
  older: string;
  newer: string;
  /** From the older to the newer. */
  edits: readonly Edit[];
  hunks: readonly Hunk[];
}

export function compareTexts(older: string, newer: string): Comparison {
  const edits = difference(older, newer);
  return { older, newer, edits, hunks: hunksOf(older, newer, edits) };
}

/** Edits of one hunk are on the same line or on lines next to each other; between two hunks is a line that stayed. */
function hunksOf(older: string, newer: string, edits: readonly Edit[]): Hunk[] {
  const hunks: { older: Range; newer: Range; back: Edit[] }[] = [];
  const back = inverse(older, edits);
  edits.forEach((edit, index) => {
    const undo = back[index] as Edit;
    const last = hunks.at(-1);
    if (last && !lineStayed(older, newer, last, edit.from)) {
      last.older.to = edit.to;
      last.newer.to = undo.to;
      last.back.push(undo);
    } else {
      hunks.push({
        older: { from: edit.from, to: edit.to },
        newer: { from: undo.from, to: undo.to },
        back: [undo],
      });
    }
  });
  return hunks;
}

/** Is there a line that both texts have as it is, behind a change and before the next edit of the older text? */
function lineStayed(older: string, newer: string, last: { older: Range; newer: Range }, next: number): boolean {
  const startsLine = begins(older, last.older.to) && begins(newer, last.newer.to);
  const start = startsLine ? last.older.to : older.indexOf("\n", last.older.to) + 1;
  if (start < last.older.to) return false;
  const end = older.indexOf("\n", start);
  return end >= 0 && end < next;
}

const begins = (text: string, position: number): boolean => position === 0 || text[position - 1] === "\n";

/** The edits that take `edits` of `text` back, in the text after them. */
export function inverse(text: string, edits: readonly Edit[]): Edit[] {
  let shift = 0;
  return edits.map(({ from, to, insert }) => {
    const start = from + shift;
    shift += insert.length - (to - from);
    return { from: start, to: start + insert.length, insert: text.slice(from, to) };
  });
}

/** Edits that make these parts as they were in the older text, after the newer one has become another by `since`. */
export function restoringEdits(hunks: readonly Hunk[], since: readonly Edit[]): Edit[] {
  return rebase(
    hunks.flatMap((hunk) => hunk.back),
    since,
  );
}

/** Closer edits than this are read as one. */
const MIN_APART = 3;

/** The same change in fewer, larger edits, for reading: without the letters that two words have in common by chance. */
export function readable(text: string, edits: readonly Edit[]): Edit[] {
  const result: Edit[] = [];
  for (const edit of edits) {
    const last = result.at(-1);
    const between = last && edit.from - last.to < MIN_APART ? text.slice(last.to, edit.from) : undefined;
    if (last && between !== undefined && !between.includes("\n")) {
      last.insert += between + edit.insert;
      last.to = edit.to;
    } else result.push({ ...edit });
  }
  return result;
}

/** The hunks that a selection in one of the texts touches, or that a cursor is at. */
export function hunksAt(hunks: readonly Hunk[], side: "older" | "newer", selection: Range): number[] {
  const found: number[] = [];
  hunks.forEach((hunk, index) => {
    const { from, to } = hunk[side];
    if (from <= selection.to && to >= selection.from) found.push(index);
  });
  return found;
}
