// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference } from "../../../sync/difference";
import { restoreThings } from "../../../sync/notebook/restoring";
import type { PlainCell } from "../../../sync/notebook/schema";
import { type NotebookVersion, versionOf } from "../../../sync/notebook/version";
import { docWith, versionPair } from "../../../sync/notebook/versions.test-support";
import { countItems, itemsOf, nameOfItem, type ShownNotebooks, thingOf } from "./cell-rows";
import { piecesOf } from "./pieces";

const code = (id: string, source: string, more: object = {}): PlainCell => ({
  cell_type: "code",
  id,
  source,
  metadata: {},
  outputs: [],
  execution_count: null,
  ...more,
});
const of = (...cells: PlainCell[]): NotebookVersion => ({
  cells,
  meta: { nbformat: 4, nbformat_minor: 5, metadata: {} },
});
const printed = (text: string) => [{ output_type: "stream", name: "stdout", text }];

const OLDER = of(code("1", "a"), code("2", "b", { outputs: printed("b") }), code("gone", "c"));
const NEWER = of(code("1", "a"), code("2", "bb", { outputs: printed("bb") }), code("new", "d"));

function between(shown: NotebookVersion, other: NotebookVersion, more: Partial<ShownNotebooks> = {}): ShownNotebooks {
  return { key: "", shown, other, side: "newer", otherName: "version 1", now: null, ...more };
}

const told = (notebooks: ShownNotebooks) =>
  itemsOf(notebooks).map((item) => [nameOfItem(item), ...item.acts.map(({ label }) => label)]);

describe("what is shown of a notebook's version", () => {
  it("beside what was before: what changed then, to be taken back or had as it was", () => {
    const notebooks = between(NEWER, OLDER);
    expect(told(notebooks)).toEqual([
      ["Code cell 1", "Restore this cell"],
      ["Code cell 2, text changed, outputs changed", "Restore this cell", "Its text only", "Take this change back"],
      ["Code cell 3, removed", "Bring this cell back"],
      ["Code cell 3, added", "Restore this cell", "Take this cell out"],
    ]);
    expect(countItems(itemsOf(notebooks))).toEqual({ here: 1, there: 1, changed: 1 });
  });

  it("as it is now it can only be taken back", () => {
    expect(told(between(NEWER, OLDER, { now: "shown" })).map(([, ...acts]) => acts)).toEqual([
      [],
      ["Take this change back"],
      ["Bring this cell back"],
      ["Take this cell out"],
    ]);
  });

  it("beside the notebook as it is now: what is another is had as it was", () => {
    const now = { side: "older", otherName: "the notebook now", now: "other" } as const;
    expect(told(between(OLDER, NEWER, now))).toEqual([
      ["Code cell 1"],
      ["Code cell 2, text changed, outputs changed", "Restore this cell", "Its text only"],
      ["Code cell 3, only in the notebook now", "Take this cell out"],
      ["Code cell 3, not in the notebook now", "Bring this cell back"],
    ]);
  });

  it("settings of the notebook are one thing, but for those that it began with", () => {
    const other = { ...NEWER, meta: { ...NEWER.meta, metadata: { kernelspec: { name: "ir" } } } };
    const [first] = itemsOf(between(other, NEWER));
    expect(first?.kind).toBe("meta");
    expect(itemsOf(between(other, { cells: [], meta: {} })).every(({ kind }) => kind === "cell")).toBe(true);
  });

  it("the acts of all changes, one by one, make the live notebook as the version was", () => {
    fc.assert(
      fc.property(versionPair(true), ([older, newer]) => {
        const doc = docWith(newer);
        for (let left = 50; left > 0; left--) {
          const notebooks = between(older, versionOf(doc), { side: "older", now: "other" });
          // What is to go goes last: a notebook is never without a cell.
          const acts = itemsOf(notebooks).flatMap(({ acts }) => acts.slice(0, 1));
          const act = acts.find(({ how }) => how === "meta" || !("remove" in how)) ?? acts[0];
          if (!act) break;
          expect(restoreThings(doc, [thingOf(act, notebooks)])).not.toBeNull();
        }
        const plain = ({ cells }: NotebookVersion) => cells.map(({ id: _, ...cell }) => cell);
        expect(plain(versionOf(doc))).toEqual(plain(older));
      }),
    );
  });
});

describe("a text with marks and colours", () => {
  const texts = fc.tuple(
    fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 12 }),
    fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 12 }),
  );
  it("shows both texts whole, whatever is coloured", () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(12), { maxLength: 6 }), ([before, text], borders) => {
        const places = [...new Set(borders)].sort((a, b) => a - b).filter((at) => at <= text.length);
        const colours = places.slice(1).map((to, index) => ({ from: places[index] ?? 0, to, classes: `c${index}` }));
        const pieces = piecesOf(before, difference(before, text), text, colours);
        const joined = (not: string) => pieces.filter(({ mark }) => mark !== not).map((piece) => piece.text);
        expect(joined("removed").join("")).toBe(text);
        expect(joined("added").join("")).toBe(before);
      }),
    );
  });

  it("cuts where a colour begins", () => {
    const coloured = [{ from: 0, to: 2, classes: "k" }];
    expect(piecesOf("if x", [{ from: 3, to: 4, insert: "y" }], "if y", coloured)).toEqual([
      { text: "if", mark: "same", classes: "k" },
      { text: " ", mark: "same", classes: "" },
      { text: "x", mark: "removed", classes: "" },
      { text: "y", mark: "added", classes: "" },
    ]);
  });
});
