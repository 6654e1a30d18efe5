// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { Notebook } from "../../editors/notebook/notebook";
import * as acts from "./acts";
import { copiesOf, docOf, idsOf, shownOf, sourcesOf, sync, typeInto } from "./notebook.test-support";
import { arrayOf, cellsOf, plainCell, sourceOf } from "./schema";
import { actsUndoOf } from "./undo";

describe("acts on cells", () => {
  it("insert, delete, move, duplicate", () => {
    const doc = docOf("a", "b", "c");
    acts.insertCells(doc, { before: "c0" }, [acts.emptyCell("markdown", "top")]);
    acts.insertCells(doc, { after: "c1" }, [acts.emptyCell("code", "x"), acts.emptyCell("code", "y")]);
    expect(sourcesOf(doc)).toEqual(["top", "a", "b", "x", "y", "c"]);
    acts.moveCells(doc, ["c0", "c2"], { after: "c1" });
    expect(sourcesOf(doc)).toEqual(["top", "b", "a", "c", "x", "y"]);
    expect(acts.stepCells(doc, ["c0", "c2"], 1)).toBe(true);
    expect(sourcesOf(doc)).toEqual(["top", "b", "x", "a", "c", "y"]);
    acts.duplicateCells(doc, ["c0", "c2"]);
    expect(sourcesOf(doc)).toEqual(["top", "b", "x", "a", "c", "a", "c", "y"]);
    expect(acts.deleteCells(doc, ["c0", "c2"])).toBe(idsOf(doc)[3]);
    expect(sourcesOf(doc)).toEqual(["top", "b", "x", "a", "c", "y"]);
  });

  it("a step past the first or the last does nothing", () => {
    const doc = docOf("a", "b");
    expect(acts.stepCells(doc, ["c0"], -1)).toBe(false);
    expect(acts.stepCells(doc, ["c1"], 1)).toBe(false);
    expect(sourcesOf(doc)).toEqual(["a", "b"]);
  });

  it("the last cell that goes leaves an empty one", () => {
    const doc = docOf("a", "b");
    const left = acts.deleteCells(doc, ["c0", "c1"]);
    expect(shownOf(doc)).toEqual([{ id: left, type: "code", source: "" }]);
  });

  it("split at the cursor and merge as Jupyter does", () => {
    const doc = docOf("one\ntwo\nthree");
    const ids = acts.splitCell(doc, "c0", [4, 8]);
    expect(ids).toHaveLength(3);
    expect(sourcesOf(doc)).toEqual(["one", "two\n", "three"]);
    expect(acts.mergeCells(doc, ids)).toBe("c0");
    expect(sourcesOf(doc)).toEqual(["one\n\ntwo\n\n\nthree"]);
  });

  it("another type keeps the text that others type into, and nothing that the type has not", () => {
    const doc = docOf("a");
    const source = sourceOf(cellsOf(doc)[0]?.map as Y.Map<unknown>);
    acts.makeHeadings(doc, ["c0"], 2);
    acts.makeHeadings(doc, ["c0"], 3);
    const [cell] = cellsOf(doc);
    expect(plainCell(cell?.map as Y.Map<unknown>)).toEqual({
      id: "c0",
      cell_type: "markdown",
      source: "### a",
      metadata: {},
    });
    expect(sourceOf(cell?.map as Y.Map<unknown>)).toBe(source);
    acts.changeType(doc, ["c0"], "code");
    expect(plainCell(cell?.map as Y.Map<unknown>)).toMatchObject({ outputs: [], execution_count: null });
  });

  it("attachments of one name both stay", () => {
    const doc = docOf("a");
    acts.changeType(doc, ["c0"], "markdown");
    expect(acts.attach(doc, "c0", "image.png", "image/png", "AAAA")).toBe("image.png");
    expect(acts.attach(doc, "c0", "image.png", "image/png", "BBBB")).toBe("image-1.png");
  });

  it("find room between cells that other programs put in without a position", () => {
    const doc = docOf("a", "b");
    for (const source of ["x", "y"]) {
      const map = new Y.Map<unknown>([
        ["id", source],
        ["cell_type", "code"],
        ["metadata", new Y.Map()],
        ["source", new Y.Text(source)],
      ]);
      arrayOf(doc).insert(1, [map]);
    }
    expect(sourcesOf(doc)).toEqual(["a", "y", "x", "b"]);
    acts.insertCells(doc, { after: "y" }, [acts.emptyCell("code", "new")]);
    expect(sourcesOf(doc)).toEqual(["a", "y", "new", "x", "b"]);
    acts.deleteCells(doc, ["y"]);
    acts.moveCells(doc, ["c0"], null);
    expect(sourcesOf(doc)).toEqual(["new", "x", "b", "a"]);
  });

  it("go on when thousands of cells are put at one place", () => {
    const doc = docOf("a", "b");
    let before = "c1";
    for (let count = 0; count < 1300; count++) {
      [before] = acts.insertCells(doc, { before }, [acts.emptyCell("code", `${count}`)]) as [string];
    }
    expect(sourcesOf(doc).slice(1, -1)).toEqual(Array.from({ length: 1300 }, (_, at) => `${1299 - at}`));
  });
});

describe("of several people at once", () => {
  it("a moved cell keeps what another types into it", () => {
    const [ada, bob] = copiesOf(docOf("a", "b", "c"), 2) as [Y.Doc, Y.Doc];
    acts.moveCells(ada, ["c0"], null);
    typeInto(bob, "c0", 1, " and more");
    sync([ada, bob]);
    for (const doc of [ada, bob]) expect(sourcesOf(doc)).toEqual(["b", "c", "a and more"]);
  });

  it("cells put at one place both stay, and there is room between them", () => {
    const [ada, bob] = copiesOf(docOf("a", "b"), 2) as [Y.Doc, Y.Doc];
    for (const doc of [ada, bob]) acts.insertCells(doc, { after: "c0" }, [acts.emptyCell("code", "new")]);
    sync([ada, bob]);
    const [, first] = idsOf(ada) as [string, string];
    acts.insertCells(ada, { after: first }, [acts.emptyCell("code", "middle")]);
    sync([ada, bob]);
    for (const doc of [ada, bob]) expect(sourcesOf(doc)).toEqual(["a", "new", "middle", "new", "b"]);
  });

  it("a cell split by both at one place is split once", () => {
    const [ada, bob] = copiesOf(docOf("one\ntwo"), 2) as [Y.Doc, Y.Doc];
    for (const doc of [ada, bob]) acts.splitCell(doc, "c0", [4]);
    sync([ada, bob]);
    for (const doc of [ada, bob]) expect(sourcesOf(doc)).toEqual(["one", "two"]);
  });

  it("random programs: all see the same, and cells that nobody deleted are there once with what was typed", () => {
    const step = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom("type", "insert", "move", "step", "duplicate", "delete", "type-cell", "undo", "sync"),
      a: fc.nat(20),
      b: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const docs = copiesOf(docOf("a", "b", "c", "d"), 3);
        const notebooks = docs.map((doc) => new Notebook(doc));
        const managers = docs.map(actsUndoOf);
        const deleted = new Set<string>();
        const typed = new Map<string, string[]>();
        let count = 0;
        for (const { who, what, a, b } of steps) {
          const doc = docs[who] as Y.Doc;
          const ids = idsOf(doc);
          const id = ids[a % ids.length] as string;
          const other = ids[b % ids.length] as string;
          if (what === "sync") sync(docs);
          else if (what === "undo") managers[who]?.undo();
          else if (what === "type") {
            const word = `<${count++}>`;
            typeInto(doc, id, b, word);
            typed.set(id, [...(typed.get(id) ?? []), word]);
          } else if (what === "insert") acts.insertCells(doc, { after: id }, [acts.emptyCell("code")]);
          else if (what === "move") acts.moveCells(doc, [id], { before: other });
          else if (what === "step") acts.stepCells(doc, [id], b % 2 === 0 ? 1 : -1);
          else if (what === "duplicate") acts.duplicateCells(doc, [id]);
          else if (what === "type-cell") acts.changeType(doc, [id], b % 2 === 0 ? "markdown" : "code");
          else if (what === "delete" && ids.length > 1) {
            acts.deleteCells(doc, [id]);
            deleted.add(id);
          }
        }
        sync(docs);
        const [first] = docs as [Y.Doc];
        for (const doc of docs) expect(shownOf(doc)).toEqual(shownOf(first));
        docs.forEach((doc, index) => void expect(notebooks[index]?.order.get()).toEqual(idsOf(doc)));
        const now = idsOf(first);
        expect(new Set(now).size).toBe(now.length);
        for (const id of ["c0", "c1", "c2", "c3"]) {
          if (deleted.has(id)) continue;
          const source = shownOf(first).find((cell) => cell.id === id)?.source ?? "";
          // Words may be typed into each other; their letters are all there, once.
          const letters = (typed.get(id) ?? []).join("").length + 1;
          expect([...source].length).toBe(letters);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("undo of acts", () => {
  it("brings a deleted cell back where it was, with its text and outputs", () => {
    const doc = docOf("a", "b", "c");
    const before = shownOf(doc);
    const undo = actsUndoOf(doc);
    acts.deleteCells(doc, ["c1"]);
    undo.undo();
    expect(shownOf(doc)).toEqual(before);
    undo.redo();
    expect(sourcesOf(doc)).toEqual(["a", "c"]);
  });

  it("takes moves and splits back, and only one's own", () => {
    const [ada, bob] = copiesOf(docOf("one\ntwo", "b"), 2) as [Y.Doc, Y.Doc];
    const undo = actsUndoOf(ada);
    acts.splitCell(ada, "c0", [4]);
    acts.moveCells(ada, ["c1"], { before: "c0" });
    sync([ada, bob]);
    acts.insertCells(bob, null, [acts.emptyCell("code", "bob's")]);
    sync([ada, bob]);
    expect(sourcesOf(ada)).toEqual(["b", "one", "two", "bob's"]);
    undo.undo();
    undo.undo();
    sync([ada, bob]);
    for (const doc of [ada, bob]) expect(sourcesOf(doc)).toEqual(["one\ntwo", "b", "bob's"]);
  });

  it("leaves a cell into which another has written", () => {
    const [ada, bob] = copiesOf(docOf("a"), 2) as [Y.Doc, Y.Doc];
    const undo = actsUndoOf(ada);
    const [id] = acts.insertCells(ada, null, [acts.emptyCell("code")]) as [string];
    sync([ada, bob]);
    typeInto(bob, id, 0, "bob was here");
    sync([ada, bob]);
    undo.undo();
    sync([ada, bob]);
    for (const doc of [ada, bob]) expect(sourcesOf(doc)).toEqual(["a", "bob was here"]);
  });
});

describe("what is read", () => {
  it("changes only where the document did", () => {
    const doc = docOf("a", "b");
    const notebook = new Notebook(doc);
    let orders = 0;
    notebook.order.subscribe(() => orders++);
    const [a, b] = ["c0", "c1"].map((id) => notebook.fields(id)?.get());
    typeInto(doc, "c0", 0, "typed");
    expect([orders, notebook.fields("c0")?.get(), notebook.fields("c1")?.get()]).toEqual([0, a, b]);
    expect(notebook.fields("c0")?.get()).toBe(a);
    acts.changeType(doc, ["c0"], "markdown");
    expect(notebook.fields("c0")?.get()).not.toBe(a);
    expect(notebook.fields("c1")?.get()).toBe(b);
    acts.setJupyterFlag(doc, ["c1"], "source_hidden", true);
    expect(notebook.fields("c1")?.get().metadata).toEqual({ jupyter: { source_hidden: true } });
    expect(orders).toBe(0);
    acts.moveCells(doc, ["c1"], { before: "c0" });
    expect(orders).toBe(1);
    expect(notebook.order.get()).toEqual(["c1", "c0"]);
  });
});
