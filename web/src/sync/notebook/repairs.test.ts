// @vitest-environment node
import { describe, expect, it } from "vitest";
import type * as Y from "yjs";
import { mergeCells, mergedText, splitCell } from "./acts";
import { copiesOf, docOf, sourcesOf, sync, typeInto } from "./notebook.test-support";
import { Repairs } from "./repairs";
import { cellsOf, sourceOf } from "./schema";

/** Two people, of whom nothing is acknowledged. */
function pair(...sources: string[]) {
  const docs = copiesOf(docOf(...sources), 2) as [Y.Doc, Y.Doc];
  const repairs = docs.map((doc) => new Repairs(doc, () => true)) as [Repairs, Repairs];
  const split = (who: 0 | 1, at: number) => {
    const ids = splitCell(docs[who], "c0", [at]);
    repairs[who].split(ids);
    return ids;
  };
  const merge = (who: 0 | 1, ids: string[]) => {
    const cells = cellsOf(docs[who]).filter(({ id }) => ids.includes(id));
    const [first, ...rest] = cells.map(({ map }) => map);
    const texts = rest.map(mergedText);
    mergeCells(docs[who], ids);
    if (first) repairs[who].merge(sourceOf(first), texts);
  };
  return { docs, split, merge };
}

describe("acts at once", () => {
  it("cells that both merge are merged once", () => {
    const { docs, merge } = pair("a", "b", "c");
    merge(0, ["c0", "c1", "c2"]);
    merge(1, ["c0", "c1", "c2"]);
    sync(docs);
    for (const doc of docs) expect(sourcesOf(doc)).toEqual(["a\n\nb\n\nc"]);
  });

  it("of what both merge, what is the same is there once", () => {
    const { docs, merge } = pair("a", "b", "c");
    merge(0, ["c0", "c1"]);
    merge(1, ["c0", "c1", "c2"]);
    sync(docs);
    expect(sourcesOf(docs[0])).toEqual(sourcesOf(docs[1]));
    const all = sourcesOf(docs[0]).join("|");
    for (const letter of "abc") expect(all.split(letter).length).toBe(2);
  });

  it.each([
    [4, 8],
    [8, 4],
  ])("a cell that both split, at %i and at %i, is split at both", (one, other) => {
    const { docs, split } = pair("one\ntwo\nthree", "next");
    split(0, one);
    split(1, other);
    sync(docs);
    for (const doc of docs) expect(sourcesOf(doc)).toEqual(["one", "two", "three", "next"]);
  });

  it("what was typed into a part that both made is not lost", () => {
    const { docs, split } = pair("one\ntwo");
    const [, mine] = split(0, 4) as [string, string];
    const [, theirs] = split(1, 4) as [string, string];
    typeInto(docs[0], mine, 3, " ada");
    typeInto(docs[1], theirs, 0, "bob ");
    sync(docs);
    for (const doc of docs) expect(sourcesOf(doc)).toEqual(["one", "bob two ada"]);
  });

  it("nothing is repaired once all is acknowledged", () => {
    const docs = copiesOf(docOf("a", "b"), 2) as [Y.Doc, Y.Doc];
    let pending = true;
    const repairs = new Repairs(docs[0], () => pending);
    mergeCells(docs[0], ["c0", "c1"]);
    const [merged] = cellsOf(docs[0]);
    if (merged) repairs.merge(sourceOf(merged.map), ["\n\nb"]);
    sync(docs);
    pending = false;
    typeInto(docs[1], "c0", 4, "\n\nb");
    sync(docs);
    for (const doc of docs) expect(sourcesOf(doc)).toEqual(["a\n\nb\n\nb"]);
  });
});
