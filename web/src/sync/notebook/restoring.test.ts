// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type * as Y from "yjs";
import * as acts from "./acts";
import { copiesOf, docOf, idsOf, sourcesOf, sync, typeInto } from "./notebook.test-support";
import { restoreNotebook, restoreThings } from "./restoring";
import { cellsOf, type PlainCell, plainCell } from "./schema";
import { type NotebookVersion, versionOf } from "./version";
import { docWith, versionPair } from "./versions.test-support";

/** As it is compared: a live document gives ids to cells whose file has none. */
const shown = (doc: Y.Doc): NotebookVersion => versionOf(doc);

describe("a restored notebook", () => {
  for (const withIds of [true, false]) {
    it(`is as the version was, and by one undo as it was before, cells ${withIds ? "with" : "without"} ids`, () => {
      fc.assert(
        fc.property(versionPair(withIds), ([older, newer]) => {
          // Somebody else has written all of it.
          const [doc] = copiesOf(docWith(newer), 1) as [Y.Doc];
          expect(shown(doc)).toEqual(newer);
          const undo = restoreNotebook(doc, older);
          expect(shown(doc)).toEqual(older);
          expect(restoreNotebook(doc, older)).toBeNull();
          if (undo) {
            expect(undo()).toBe(true);
            expect(undo()).toBe(false);
          }
          expect(shown(doc)).toEqual(newer);
        }),
      );
    });
  }

  it("keeps what others type meanwhile into cells that stay", () => {
    fc.assert(
      fc.property(versionPair(true), fc.nat(7), ([older, newer], pick) => {
        const [mine, theirs] = copiesOf(docWith(newer), 2) as [Y.Doc, Y.Doc];
        const both = newer.cells.filter(({ id }) => older.cells.some((cell) => cell.id === id));
        const id = both[pick % (both.length || 1)]?.id as string | undefined;
        fc.pre(id !== undefined);
        typeInto(theirs, id as string, 0, "«typed»");
        restoreNotebook(mine, older);
        sync([mine, theirs]);
        const cell = cellsOf(mine).find((one) => one.id === id);
        expect(plainCell(cell?.map as never).source).toContain("«typed»");
        expect(idsOf(mine)).toEqual(idsOf(theirs));
        expect(idsOf(mine)).toEqual(older.cells.map((one) => one.id));
      }),
    );
  });
});

describe("one restored cell", () => {
  const version = (doc: Y.Doc) => structuredClone(versionOf(doc));

  it("gets its source back, or all of it with its outputs", () => {
    const doc = docOf("one", "two");
    const run: PlainCell = {
      id: "c1",
      cell_type: "code",
      source: "two",
      metadata: { tags: ["x"] },
      outputs: [{ output_type: "stream", name: "stdout", text: "2\n" }],
      execution_count: 4,
    };
    const before: NotebookVersion = { cells: [versionOf(doc).cells[0] as PlainCell, run], meta: versionOf(doc).meta };
    typeInto(doc, "c1", 3, " changed");
    expect(restoreThings(doc, [{ cell: 1, of: before, part: "source" }])).not.toBeNull();
    expect(sourcesOf(doc)).toEqual(["one", "two"]);
    expect(versionOf(doc).cells[1]?.outputs).toEqual([]);
    const undo = restoreThings(doc, [{ cell: 1, of: before, part: "cell" }]);
    expect(versionOf(doc).cells[1]).toEqual(run);
    expect(restoreThings(doc, [{ cell: 1, of: before, part: "cell" }])).toBeNull();
    undo?.();
    expect(versionOf(doc).cells[1]?.outputs).toEqual([]);
  });

  it("comes back to its place when it was deleted, beside what was moved and put there since", () => {
    const doc = docOf("a", "b", "c", "d");
    const before = version(doc);
    acts.deleteCells(doc, ["c1", "c2"]);
    acts.insertCells(doc, { after: "c0" }, [{ ...acts.emptyCell("code", "new") }]);
    restoreThings(doc, [{ cell: 2, of: before, part: "cell" }]);
    expect(sourcesOf(doc)).toEqual(["a", "c", "new", "d"]);
    const undo = restoreThings(doc, [{ cell: 1, of: before, part: "source" }]);
    expect(sourcesOf(doc)).toEqual(["a", "b", "c", "new", "d"]);
    expect(idsOf(doc).slice(0, 3)).toEqual(["c0", "c1", "c2"]);
    undo?.();
    expect(sourcesOf(doc)).toEqual(["a", "c", "new", "d"]);
  });

  it("goes when it was not there, and goes back when it was moved", () => {
    const doc = docOf("a", "b", "c");
    const before = version(doc);
    acts.moveCells(doc, ["c2"], { before: "c0" });
    const [made] = acts.insertCells(doc, null, [acts.emptyCell("code", "new")]);
    const now = version(doc);
    expect(now.cells.at(-1)?.id).toBe(made);
    const undo = restoreThings(doc, [
      { cell: 2, of: before, part: "cell", moved: true },
      { remove: 3, of: now },
    ]);
    expect(sourcesOf(doc)).toEqual(["a", "b", "c"]);
    undo?.();
    expect(sourcesOf(doc)).toEqual(["c", "a", "b", "new"]);
  });

  it("leaves alone what another types into another cell, and so does its undo", () => {
    const [mine, theirs] = copiesOf(docOf("one", "two"), 2) as [Y.Doc, Y.Doc];
    const before = version(mine);
    typeInto(mine, "c0", 3, " changed");
    sync([mine, theirs]);
    typeInto(theirs, "c1", 3, " and");
    const undo = restoreThings(mine, [{ cell: 0, of: before, part: "cell" }]);
    sync([mine, theirs]);
    expect(sourcesOf(mine)).toEqual(["one", "two and"]);
    typeInto(theirs, "c1", 7, " more");
    typeInto(theirs, "c0", 0, "# ");
    sync([mine, theirs]);
    expect(undo?.()).toBe(true);
    sync([mine, theirs]);
    expect(sourcesOf(theirs)).toEqual(["# one changed", "two and more"]);
  });

  it("without ids in the file it is found by what it holds", () => {
    const doc = docWith({
      cells: [acts.emptyCell("code", "x = 1"), acts.emptyCell("code", "print(x)")],
      meta: { nbformat: 4, nbformat_minor: 4, metadata: {} },
    });
    const before = version(doc);
    expect(before.cells.every((cell) => cell.id === undefined)).toBe(true);
    typeInto(doc, idsOf(doc)[1] as string, 0, "# ");
    restoreThings(doc, [{ cell: 1, of: before, part: "cell" }]);
    expect(sourcesOf(doc)).toEqual(["x = 1", "print(x)"]);
  });
});
