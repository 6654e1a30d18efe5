/** Edits one after the other as one set of edits: exact, where a difference found anew could read a moved line otherwise. */
import type * as Y from "yjs";
import { difference, type Edit } from "./difference";

/** A stretch of the first text that is still there, or what was put in. */
type Piece = { from: number; to: number } | string;

const lengthOf = (piece: Piece): number => (typeof piece === "string" ? piece.length : piece.to - piece.from);

function cut(piece: Piece, at: number): [Piece, Piece] {
  if (typeof piece === "string") return [piece.slice(0, at), piece.slice(at)];
  return [
    { from: piece.from, to: piece.from + at },
    { from: piece.from + at, to: piece.to },
  ];
}

/** `first` of a text and `then` of what that made of it, as edits of the text. */
export function compose(first: readonly Edit[], then: readonly Edit[]): Edit[] {
  if (first.length === 0) return [...then];
  const rest = piecesOf(first).reverse();
  const made: Piece[] = [];
  /** Goes on by so many characters of the middle text. */
  const go = (characters: number, keep: boolean) => {
    let left = characters;
    while (left > 0) {
      const piece = rest.pop();
      if (piece === undefined) return;
      const length = lengthOf(piece);
      const [taken, after] = left < length ? cut(piece, left) : [piece, undefined];
      if (after !== undefined) rest.push(after);
      if (keep) made.push(taken);
      left -= Math.min(length, left);
    }
  };
  let at = 0;
  for (const edit of then) {
    go(edit.from - at, true);
    go(edit.to - edit.from, false);
    if (edit.insert !== "") made.push(edit.insert);
    at = edit.to;
  }
  return editsOf([...made, ...rest.reverse()]);
}

/** The text after the edits; the last stretch has no end. */
function piecesOf(edits: readonly Edit[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const edit of edits) {
    if (edit.from > at) pieces.push({ from: at, to: edit.from });
    if (edit.insert !== "") pieces.push(edit.insert);
    at = edit.to;
  }
  pieces.push({ from: at, to: Number.POSITIVE_INFINITY });
  return pieces;
}

function editsOf(pieces: readonly Piece[]): Edit[] {
  const edits: Edit[] = [];
  let at = 0;
  let insert = "";
  for (const piece of pieces) {
    if (typeof piece === "string") {
      insert += piece;
      continue;
    }
    if (piece.from > at || insert !== "") edits.push({ from: at, to: piece.from, insert });
    insert = "";
    at = piece.to;
  }
  return edits;
}

/** What became of `start` in a live text: the difference to what it is now, and then every edit as it comes. */
export class Since {
  edits: readonly Edit[];

  constructor(
    readonly start: string,
    readonly text: Y.Text,
  ) {
    this.edits = difference(start, text.toString());
    text.observe(this.onEvent);
  }

  stop(): void {
    this.text.unobserve(this.onEvent);
  }

  private readonly onEvent = (event: Y.YTextEvent): void => {
    this.edits = compose(this.edits, editsOfDelta(event.delta));
  };
}

function editsOfDelta(delta: Y.YTextEvent["delta"]): Edit[] {
  const edits: Edit[] = [];
  let at = 0;
  for (const { retain, delete: removed, insert } of delta) {
    if (retain !== undefined) at += retain;
    else if (removed !== undefined) {
      const last = edits.at(-1);
      // What is put in the place of something may come before its removal.
      if (last && last.to === at) last.to += removed;
      else edits.push({ from: at, to: at + removed, insert: "" });
      at += removed;
    } else if (typeof insert === "string") {
      const last = edits.at(-1);
      if (last && last.to === at) last.insert += insert;
      else edits.push({ from: at, to: at, insert });
    }
  }
  return edits;
}
