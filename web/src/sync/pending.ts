/**
 * What this client changed and the server has not acknowledged, in a form from which the text without it can be read.
 *
 * Needed when the server comes back with another history of the document: the structs of the old one must not be merged
 * into the new one, so the pending edits are taken as the difference between the text without and with them.
 */
import * as Y from "yjs";
import { difference, rebase } from "./difference";
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
  const mine = difference(record.base, record.text);
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
    this.tracker = new Y.UndoManager(text, {
      captureTimeout: Number.POSITIVE_INFINITY,
      trackedOrigins: new EveryOrigin(),
      captureTransaction: (transaction) => transaction.origin !== fromServer,
    });
  }

  /** Everything is acknowledged. */
  clear(): void {
    if (this.tracker.undoStack.length > 0) this.tracker.clear();
  }

  /** The text as it would be without the pending edits. */
  textWithout(): string {
    const stack = this.tracker.undoStack;
    if (stack.length === 0) return this.text.toString();
    const inserted = stack.map((item) => item.insertions);
    const deleted = stack.map((item) => item.deletions);
    let result = "";
    for (let item = this.text._start; item !== null; item = item.right) {
      if (!(item.content instanceof Y.ContentString)) continue;
      const { str } = item.content;
      const { id } = item;
      // A deleted item is one that stays deleted, but for what was deleted here; nearly all items need no closer look.
      if (!touches(inserted, id, str.length)) {
        if (!item.deleted) result += str;
        else if (touches(deleted, id, str.length)) result += within(str, id, (at) => isIn(deleted, at));
      } else if (!item.deleted) {
        result += within(str, id, (at) => !isIn(inserted, at));
      } else if (touches(deleted, id, str.length)) {
        result += within(str, id, (at) => isIn(deleted, at) && !isIn(inserted, at));
      }
    }
    return result;
  }

  destroy(): void {
    this.tracker.destroy();
  }
}

type IdSet = Y.UndoManager["undoStack"][number]["insertions"];

const isIn = (sets: readonly IdSet[], id: Y.ID): boolean => sets.some((set) => Y.isDeleted(set, id));

/** Whether a set has something of `length` characters from `id` on. */
function touches(sets: readonly IdSet[], id: Y.ID, length: number): boolean {
  for (const set of sets) {
    const ranges = set.clients.get(id.client);
    if (!ranges) continue;
    // The first range that ends after the start; ranges are sorted and apart.
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const range = ranges[middle];
      if (range && range.clock + range.len <= id.clock) low = middle + 1;
      else high = middle;
    }
    const found = ranges[low];
    if (found && found.clock < id.clock + length) return true;
  }
  return false;
}

/** The characters whose ids are wanted. */
function within(str: string, { client, clock }: Y.ID, wanted: (id: Y.ID) => boolean): string {
  let result = "";
  for (let index = 0; index < str.length; index++) {
    if (wanted(Y.createID(client, clock + index))) result += str[index];
  }
  return result;
}
