// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { DocumentClient } from "../document-client";
import { ScriptedServer } from "../scripted-server";
import * as acts from "./acts";
import { docOf, idsOf, shownOf, sourcesOf, typeInto } from "./notebook.test-support";
import { cellsOf, metadataOf } from "./schema";
import { actsUndoOf } from "./undo";

const fill = (from: Y.Doc) => (doc: Y.Doc) => Y.applyUpdate(doc, Y.encodeStateAsUpdate(from));

function settle(server: ScriptedServer, ...clients: DocumentClient[]): void {
  for (let round = 0; round < 8; round++) {
    for (const client of clients) server.take(client);
    server.commit();
    for (const client of clients) server.give(client);
  }
}

/** A client that is in a notebook, and has lost the connection. */
function offline(...sources: string[]) {
  const server = new ScriptedServer();
  server.beginHistory("", fill(docOf(...sources)));
  const client = new DocumentClient({ now: () => 0 });
  server.connect(client);
  settle(server, client);
  server.cut(client);
  /** The same file, read anew: other structs, other positions, other text where others wrote. */
  const comeBack = (...now: string[]) => {
    server.beginHistory("", fill(docOf(...now)));
    server.connect(client);
    settle(server, client);
    expect(client.waiting).toBe(0);
    expect(shownOf(server.doc)).toEqual(shownOf(client.doc));
  };
  return { server, client, comeBack };
}

describe("pending changes of a notebook, when another history comes back", () => {
  it("are entered cell by cell, beside what others did", () => {
    const { client, comeBack } = offline("one", "two", "three", "four");
    typeInto(client.doc, "c0", 3, " mine");
    acts.insertCells(client.doc, { after: "c0" }, [{ ...acts.emptyCell("markdown", "new"), id: "mine" }]);
    acts.moveCells(client.doc, ["c3"], { before: "c0" });
    acts.changeType(client.doc, ["c1"], "markdown");
    acts.setMetadata(client.doc, ["c1"], "tags", ["a"]);
    acts.deleteCells(client.doc, ["c2"]);
    comeBack("theirs: one", "two", "three", "four");
    expect(shownOf(client.doc)).toEqual([
      { id: "c3", type: "code", source: "four" },
      { id: "c0", type: "code", source: "theirs: one mine" },
      { id: "mine", type: "markdown", source: "new" },
      { id: "c1", type: "markdown", source: "two" },
    ]);
    const tagged = cellsOf(client.doc).find(({ id }) => id === "c1");
    expect(tagged && metadataOf(tagged.map)).toEqual({ tags: ["a"] });
  });

  it("a cell that was deleted here and changed there stays", () => {
    const { client, comeBack } = offline("one", "two");
    acts.deleteCells(client.doc, ["c1"]);
    comeBack("one", "two and more");
    expect(sourcesOf(client.doc)).toEqual(["one", "two and more"]);
  });

  it("the text of a cell that is gone there comes as a new one", () => {
    const { client, comeBack } = offline("one", "two");
    typeInto(client.doc, "c1", 3, " mine");
    comeBack("one");
    expect(sourcesOf(client.doc)).toEqual(["one", "two mine"]);
  });

  it("what is not sent can be read, and nothing of what is", () => {
    const { client } = offline("one", "two");
    expect(client.unsentText()).toBe("");
    typeInto(client.doc, "c1", 3, " mine");
    acts.insertCells(client.doc, null, [acts.emptyCell("code", "new")]);
    expect(client.unsentText()).toBe("two mine\nnew\n");
  });

  it("a kept record of a closed page is entered into its own history as it was", () => {
    const { server, client } = offline("one", "two");
    typeInto(client.doc, "c0", 0, "kept ");
    acts.moveCells(client.doc, ["c1"], { before: "c0" });
    const records = structuredClone(client.pendingRecords());
    const later = new DocumentClient({ now: () => 0 });
    for (const record of records) later.restore(record);
    server.connect(later);
    settle(server, later);
    expect(sourcesOf(server.doc)).toEqual(["two", "kept one"]);
  });

  it("random programs: into an unchanged notebook they do just what they did", () => {
    const step = fc.record({
      what: fc.constantFrom("type", "insert", "move", "delete", "type-cell", "undo"),
      a: fc.nat(20),
      b: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        const { client, comeBack } = offline("one", "two", "three");
        const { doc } = client;
        const undo = actsUndoOf(doc);
        for (const { what, a, b } of steps) {
          const ids = idsOf(doc);
          const [id, other] = [ids[a % ids.length] as string, ids[b % ids.length] as string];
          if (what === "type") typeInto(doc, id, b, `${a}`);
          else if (what === "insert") acts.insertCells(doc, { after: id }, [acts.emptyCell("code", `new ${b}`)]);
          else if (what === "move") acts.moveCells(doc, [id], { before: other });
          else if (what === "type-cell") acts.changeType(doc, [id], b % 2 === 0 ? "markdown" : "code");
          else if (what === "undo") undo.undo();
          else if (ids.length > 1) acts.deleteCells(doc, [id]);
        }
        const before = shownOf(doc);
        comeBack("one", "two", "three");
        const sorted = (cells: typeof before) => cells.map((cell) => JSON.stringify(cell)).sort();
        expect(sorted(shownOf(client.doc))).toEqual(sorted(before));
      }),
      { numRuns: 100 },
    );
  });
});
