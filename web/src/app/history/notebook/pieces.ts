import type { Edit } from "../../../sync/difference";
import { readable } from "../../../sync/hunks";
import type { Coloured } from "./highlight";

/** A stretch of text that looks the same all along. */
export interface Piece {
  text: string;
  mark: "same" | "added" | "removed";
  classes: string;
}

/** A text that came from `before` by the edits, cut where colours or marks begin and end. */
export function piecesOf(before: string, edits: readonly Edit[], text: string, colours: readonly Coloured[]): Piece[] {
  const pieces: Piece[] = [];
  let next = 0;
  const put = (from: number, to: number, mark: Piece["mark"]) => {
    for (let at = from; at < to; ) {
      while (next < colours.length && (colours[next] as Coloured).to <= at) next++;
      const colour = colours[next];
      const inside = colour !== undefined && colour.from <= at;
      const end = Math.min(to, colour === undefined ? to : inside ? colour.to : colour.from);
      pieces.push({ text: text.slice(at, end), mark, classes: inside ? colour.classes : "" });
      at = end;
    }
  };
  let shift = 0;
  let done = 0;
  for (const edit of readable(before, edits)) {
    const from = edit.from + shift;
    put(done, from, "same");
    const removed = before.slice(edit.from, edit.to);
    if (removed !== "") pieces.push({ text: removed, mark: "removed", classes: "" });
    done = from + edit.insert.length;
    put(from, done, "added");
    shift += edit.insert.length - (edit.to - edit.from);
  }
  put(done, text.length, "same");
  return pieces;
}
