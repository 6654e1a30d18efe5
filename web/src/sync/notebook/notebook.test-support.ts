/** Notebooks of several people in tests: each has a document, and what each did reaches the others when a test says so. */
import * as Y from "yjs";
import { emptyCell, insertCells } from "./acts";
import { cellsOf, type PlainCell, sourceOf, typeOf } from "./schema";

export const SERVER = Symbol("server");

export function docOf(...sources: string[]): Y.Doc {
  const doc = new Y.Doc();
  insertCells(
    doc,
    null,
    sources.map((source, index) => ({ ...emptyCell("code", source), id: `c${index}` }) as PlainCell),
  );
  return doc;
}

/** Documents that begin as this one. */
export function copiesOf(doc: Y.Doc, count: number): Y.Doc[] {
  return Array.from({ length: count }, (_, index) => {
    const copy = new Y.Doc();
    copy.clientID = 1000 + index;
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc), SERVER);
    return copy;
  });
}

/** Everything that anybody knows reaches everybody. */
export function sync(docs: readonly Y.Doc[]): void {
  for (let round = 0; round < 2; round++) {
    for (const from of docs) {
      for (const to of docs) {
        if (from !== to) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)), SERVER);
      }
    }
  }
}

export const idsOf = (doc: Y.Doc): string[] => cellsOf(doc).map(({ id }) => id);
export const sourcesOf = (doc: Y.Doc): string[] => cellsOf(doc).map(({ map }) => sourceOf(map).toString());
export const shownOf = (doc: Y.Doc) =>
  cellsOf(doc).map(({ id, map }) => ({ id, type: typeOf(map), source: sourceOf(map).toString() }));

export function typeInto(doc: Y.Doc, id: string, at: number, text: string): void {
  const cell = cellsOf(doc).find((one) => one.id === id);
  if (cell) sourceOf(cell.map).insert(Math.min(at, sourceOf(cell.map).length), text);
}
