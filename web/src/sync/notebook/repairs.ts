/**
 * Two people may split or merge the same cells at the same moment. Text cannot be moved in a shared document, only deleted
 * here and written there, so what both moved would then stand twice. Whoever hears of the other's act while their own is
 * not acknowledged yet takes the second copy away. Both may do so: they delete the same letters.
 */
import * as Y from "yjs";
import { difference, rebase } from "../difference";
import { applyToText } from "../ydoc";
import { between } from "./positions";
import { arrayOf, type CellMap, cellsOf, sourceOf } from "./schema";

export const REPAIR = Symbol("repair of acts at once");

/** Parts of split cells that are remembered, for when another person makes the same one. */
const MOST_PARTS = 100;

interface Part {
  id: string;
  map: CellMap;
  text: string;
}

interface Split {
  source: Y.Text;
  parts: Part[];
}

interface Merge {
  source: Y.Text;
  text: string;
  /** Where the copy that this person made begins. */
  start: Y.RelativePosition;
}

export class Repairs {
  #splits: Split[] = [];
  #merges: Merge[] = [];
  #parts: Part[] = [];
  #toDo: (() => void)[] = [];

  /** `isPending` tells whether acts of this person are not acknowledged yet. */
  constructor(
    private readonly doc: Y.Doc,
    private readonly isPending: () => boolean,
  ) {
    arrayOf(doc).observeDeep(this.#heard);
    doc.on("afterTransaction", this.#repair);
  }

  /** A cell was split into these; the first holds what was before the cut. */
  split(ids: readonly string[]): void {
    this.#forgetOld();
    const cells = new Map(cellsOf(this.doc).map(({ id, map }) => [id, map]));
    const [first, ...rest] = ids.map((id) => ({ id, map: cells.get(id) }));
    const parts = rest.flatMap(({ id, map }) => (map ? [{ id, map, text: sourceOf(map).toString() }] : []));
    if (first?.map) this.#splits.push({ source: sourceOf(first.map), parts });
    this.#parts = [...this.#parts, ...parts].slice(-MOST_PARTS);
  }

  /** These texts were put at the end of a source, one after the other. */
  merge(source: Y.Text, texts: readonly string[]): void {
    this.#forgetOld();
    let at = source.length - texts.reduce((sum, text) => sum + text.length, 0);
    for (const text of texts) {
      this.#merges.push({ source, text, start: Y.createRelativePositionFromTypeIndex(source, at) });
      at += text.length;
    }
  }

  destroy(): void {
    arrayOf(this.doc).unobserveDeep(this.#heard);
    this.doc.off("afterTransaction", this.#repair);
  }

  #forgetOld(): void {
    if (this.isPending()) return;
    this.#splits = [];
    this.#merges = [];
  }

  readonly #heard = (events: Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction): void => {
    if (transaction.local) return;
    this.#forgetOld();
    for (const event of events) {
      if (event instanceof Y.YTextEvent) this.#heardText(event);
      else if ((event.target as unknown) === arrayOf(this.doc)) this.#heardCells(event);
    }
  };

  #heardText(event: Y.YTextEvent): void {
    let at = 0;
    for (const { insert, retain } of event.delta) {
      if (retain !== undefined) at += retain;
      if (typeof insert !== "string") continue;
      for (const merge of this.#merges) {
        const found = merge.source === event.target && merge.text !== "" ? insert.indexOf(merge.text) : -1;
        if (found < 0) continue;
        const theirs = Y.createRelativePositionFromTypeIndex(merge.source, at + found);
        this.#toDo.push(() => this.#mergedTwice(merge, theirs));
      }
      at += insert.length;
    }
  }

  #mergedTwice({ source, text, start }: Merge, theirs: Y.RelativePosition): void {
    const places = [start, theirs].flatMap((place) => {
      const found = Y.createAbsolutePositionFromRelativePosition(place, this.doc);
      return found && source.toString().startsWith(text, found.index) ? [found.index] : [];
    });
    if (places.length === 2 && places[0] !== places[1]) source.delete(Math.max(...places), text.length);
  }

  #heardCells(event: Y.YEvent<Y.AbstractType<unknown>>): void {
    for (const item of event.changes.added) {
      const map = item.content instanceof Y.ContentType ? item.content.type : null;
      const id: unknown = map instanceof Y.Map ? map.get("id") : undefined;
      if (!(map instanceof Y.Map) || typeof id !== "string") continue;
      const twin = this.#parts.find((part) => part.id === id && part.map !== map);
      if (twin) this.#toDo.push(() => this.#madeTwice(twin));
      if (twin || this.#splits.length === 0) continue;
      const source = beganIn(this.doc, id);
      for (const split of this.#splits) {
        if (split.source === source) this.#toDo.push(() => this.#splitTwice(split, map));
      }
    }
  }

  /** Of two cells with one id the first counts. Whoever made the other one enters there what was typed into it. */
  #madeTwice({ id, map, text }: Part): void {
    const counts = cellsOf(this.doc).find((cell) => cell.id === id)?.map;
    if (!counts || counts === map) return;
    const mine = sourceOf(map).toString();
    const source = sourceOf(counts);
    applyToText(source, rebase(difference(text, mine), difference(text, source.toString())), REPAIR);
  }

  /** A cell was split at two places: the later part is the end of the earlier one, and is taken away from that. */
  #splitTwice(split: Split, other: CellMap): void {
    const part = split.parts.find(({ map, text }) => map !== other && overlaps(text, sourceOf(other).toString()));
    if (!part) return;
    const [early, late] =
      part.text.length >= sourceOf(other).length ? [part.map, other] : ([other, part.map] as [CellMap, CellMap]);
    const ending = sourceOf(late).toString();
    const source = sourceOf(early);
    const at = source.toString().lastIndexOf(ending);
    if (at < 0 || ending === "") return;
    const from = source.toString()[at - 1] === "\n" ? at - 1 : at;
    source.delete(from, at + ending.length - from);
    this.#putAfter(early, late);
  }

  #putAfter(early: CellMap, late: CellMap): void {
    const place = String(early.get("position"));
    if (String(late.get("position")) > place) return;
    const next = cellsOf(this.doc).find((cell) => cell.place > place);
    late.set("position", between(place, next?.place ?? ""));
  }

  readonly #repair = (): void => {
    if (this.#toDo.length === 0) return;
    const toDo = this.#toDo;
    this.#toDo = [];
    this.doc.transact(() => {
      for (const one of toDo) one();
    }, REPAIR);
  };
}

const overlaps = (a: string, b: string): boolean => a !== b && (a.endsWith(b) || b.endsWith(a));

/** The text whose letter a part of a split cell began with, which its id tells. */
function beganIn(doc: Y.Doc, id: string): unknown {
  const [, client, clock] = /^s-([0-9a-z]+)-([0-9a-z]+)$/.exec(id) ?? [];
  if (client === undefined || clock === undefined) return null;
  const [number, from] = [Number.parseInt(client, 36), Number.parseInt(clock, 36)];
  if (Y.getState(doc.store, number) <= from) return null;
  const item = Y.getItem(doc.store, Y.createID(number, from));
  return item instanceof Y.Item ? item.parent : null;
}
