/**
 * What this client changed and the server has not acknowledged, in a form from which the text without it can be read.
 *
 * Needed when the server comes back with another history of the document: the structs of the old one must not be merged
 * into the new one, so the pending edits are taken as the difference between the text without and with them.
 */
import * as Y from "yjs";
import { difference, type Edit, rebase } from "./difference";
import { enterCells, type PendingCells, pendingCells, textsOf } from "./notebook/pending-cells";
import { arrayOf } from "./notebook/schema";
import { applyToText } from "./ydoc";

/** Edits that no server has acknowledged, kept outside of this client's memory. */
export interface PendingRecord {
  historyId: string;
  /**
   * A Yjs update with the whole state: the pending edits may rest on text that the server passed on and then lost, so a
   * part would not do.
   */
  update: Uint8Array;
  /** The text without and with the pending edits. */
  base: string;
  text: string;
  /**
   * The pending edits, as edits of `base`. Comparing the texts would not do: what stands in both may be taken for deleted
   * and written anew. Pages of before did not keep them.
   */
  edits?: Edit[];
  /** The pending changes of a notebook; `base` and `text` are then those of its sources. */
  cells?: PendingCells;
  /** The page that keeps it still lives and will enter it itself, should the history be another one. */
  shared?: boolean;
}

/**
 * Enters a kept record: as structs into its own history, where twice does no harm; into another one as edits of text.
 * Answers whether it was the latter, after which the record must not be entered again.
 */
export function enterRecord(record: PendingRecord, text: Y.Text, historyId: string | null, origin: unknown): boolean {
  if (record.historyId === historyId) {
    if (text.doc) Y.applyUpdate(text.doc, record.update, origin);
    return false;
  }
  if (record.shared) return false;
  if (record.cells) {
    if (text.doc) enterCells(text.doc, record.cells, origin);
    return true;
  }
  const mine = record.edits ?? difference(record.base, record.text);
  applyToText(text, rebase(mine, difference(record.base, text.toString())), origin);
  return true;
}

/** What somebody wrote that no server has: every line of the text with the edits that the text without them lacks. */
export function unsentLines({ base, text }: Pick<PendingRecord, "base" | "text">): string {
  const edits = difference(base, text);
  let shift = 0;
  let end = 0;
  let lines = "";
  for (const { from, to, insert } of edits) {
    const start = Math.max(end, text.lastIndexOf("\n", from + shift - 1) + 1);
    shift += insert.length - (to - from);
    const next = text.indexOf("\n", Math.max(start, to + shift - (insert.endsWith("\n") ? 1 : 0)));
    const stop = next < 0 ? text.length : next + 1;
    if (insert === "" || stop <= start) continue;
    lines += text.slice(start, stop);
    end = stop;
  }
  return lines;
}

/** `Y.UndoManager` tracks listed origins; everything that did not come from the server is pending. */
class EveryOrigin extends Set<unknown> {
  override has(): boolean {
    return true;
  }
}

export class PendingEdits {
  /** An undo manager does what is needed: it remembers inserted and deleted ranges and keeps deleted content. */
  private readonly tracker: Y.UndoManager;

  constructor(
    private readonly text: Y.Text,
    fromServer: unknown,
  ) {
    const doc = text.doc as Y.Doc;
    this.tracker = new Y.UndoManager([text, arrayOf(doc)], {
      captureTimeout: Number.POSITIVE_INFINITY,
      trackedOrigins: new EveryOrigin(),
      captureTransaction: (transaction) => transaction.origin !== fromServer,
    });
  }

  /** Everything is acknowledged. */
  clear(): void {
    if (this.tracker.undoStack.length > 0) this.tracker.clear();
  }

  /** The document's text as it is and would be without the pending edits, and these in a form of their own. */
  kept(): Pick<PendingRecord, "base" | "text" | "edits" | "cells"> {
    const stack = this.tracker.undoStack;
    const cells = pendingCells(this.text.doc as Y.Doc, {
      inserted: (id) => stack.some((item) => Y.isDeleted(item.insertions, id)),
      deleted: (id) => stack.some((item) => Y.isDeleted(item.deletions, id)),
      apart: (text) => this.apart(text),
    });
    return cells ? { cells, ...textsOf(cells) } : { text: this.text.toString(), ...this.apart() };
  }

  /** A text as it would be without the pending edits, and these as edits of it. */
  apart(text = this.text): { base: string; edits: Edit[] } {
    const stack = this.tracker.undoStack;
    const inserted = stack.map((item) => item.insertions);
    const deleted = stack.map((item) => item.deletions);
    const edits: Edit[] = [];
    const parts: string[] = [];
    let length = 0;
    let edit: Edit | undefined;
    const here = () => {
      edit ??= { from: length, to: length, insert: "" };
      return edit;
    };
    for (let item = text._start; item !== null; item = item.right) {
      if (!(item.content instanceof Y.ContentString)) continue;
      const { str } = item.content;
      const { client, clock } = item.id;
      // By runs, not by characters: a text of ten megabytes is a few runs.
      const cuts = cutsIn([...inserted, ...deleted], client, clock, str.length);
      for (let index = 0; index + 1 < cuts.length; index++) {
        const from = cuts[index] as number;
        const id = Y.createID(client, clock + from);
        const run = str.slice(from, cuts[index + 1]);
        if (inserted.some((set) => Y.isDeleted(set, id))) {
          if (!item.deleted) here().insert += run;
        } else if (!item.deleted) {
          if (edit) edits.push(edit);
          edit = undefined;
          parts.push(run);
          length += run.length;
        } else if (deleted.some((set) => Y.isDeleted(set, id))) {
          const own = here();
          parts.push(run);
          length += run.length;
          own.to = length;
        }
      }
    }
    if (edit) edits.push(edit);
    return { base: parts.join(""), edits };
  }

  destroy(): void {
    this.tracker.destroy();
  }
}

/** Where ranges of a client begin and end within `length` operations from `clock` on, as offsets, with 0 and `length`. */
function cutsIn(sets: readonly Ranges[], client: number, clock: number, length: number): number[] {
  const cuts = new Set([0, length]);
  for (const set of sets) {
    const ranges = set.clients.get(client) ?? [];
    // Ranges are sorted: begin with the first one that ends after `clock`.
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const range = ranges[middle] as Range;
      if (range.clock + range.len <= clock) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < ranges.length; index++) {
      const range = ranges[index] as Range;
      if (range.clock >= clock + length) break;
      if (range.clock > clock) cuts.add(range.clock - clock);
      if (range.clock + range.len < clock + length) cuts.add(range.clock + range.len - clock);
    }
  }
  return [...cuts].sort((a, b) => a - b);
}

interface Range {
  clock: number;
  len: number;
}

interface Ranges {
  clients: Map<number, Range[]>;
}
