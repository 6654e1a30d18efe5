/** Source and preview scroll in step: which place of one is which of the other. Pure. */

/** A block of the preview: the line of the source with which it begins, from 1, and its top in pixels. */
export interface Mark {
  line: number;
  top: number;
}

/** Marks in rising order of both; a mark that goes back is left out. */
export function ordered(marks: readonly Mark[]): Mark[] {
  const found: Mark[] = [];
  for (const mark of [...marks].sort((a, b) => a.line - b.line)) {
    const last = found.at(-1);
    if (!last || (mark.line > last.line && mark.top >= last.top)) found.push(mark);
  }
  return found;
}

/** The pixel of the preview for a line of the source, which may be a fraction. */
export function topOfLine(marks: readonly Mark[], line: number, end: Mark): number {
  return between(marks, end, line, "line", "top");
}

/** The line of the source for a pixel of the preview. */
export function lineOfTop(marks: readonly Mark[], top: number, end: Mark): number {
  return between(marks, end, top, "top", "line");
}

function between(marks: readonly Mark[], end: Mark, at: number, from: keyof Mark, to: keyof Mark): number {
  let before: Mark = { line: 1, top: 0 };
  for (const mark of [...marks, end]) {
    if (mark[from] > at) {
      const share = (at - before[from]) / Math.max(1e-6, mark[from] - before[from]);
      return before[to] + Math.max(0, share) * (mark[to] - before[to]);
    }
    before = mark;
  }
  return before[to];
}
