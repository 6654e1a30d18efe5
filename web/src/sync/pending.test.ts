// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { enterRecord, PendingEdits, unsentLines } from "./pending";
import { applyToText } from "./ydoc";

const SERVER = Symbol("server");

describe("pending edits", () => {
  it("leave the text of others, whatever was typed and deleted by whom", () => {
    const place = fc.nat(40);
    const step = fc.oneof(
      fc.record({ by: fc.constantFrom("me", "server"), at: place, insert: fc.stringMatching(/^[a-z]{1,4}$/) }),
      fc.record({ by: fc.constantFrom("me", "server"), at: place, remove: fc.integer({ min: 1, max: 6 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const mine = new Y.Doc();
        const theirs = new Y.Doc();
        const text = mine.getText("t");
        const pending = new PendingEdits(text, SERVER);
        // The server's document never sees mine: what it shows is the text without my edits.
        const server = theirs.getText("t");
        theirs.on("update", (update: Uint8Array) => Y.applyUpdate(mine, update, SERVER));
        for (const one of steps) {
          const into = one.by === "me" ? text : server;
          const at = Math.min(one.at, into.length);
          if ("insert" in one) into.insert(at, one.insert);
          else into.delete(at, Math.min(one.remove, into.length - at));
        }
        const { base, edits } = pending.apart();
        // What both have deleted may be in it, and is then among the edits.
        let found = 0;
        for (const unit of base) if (server.toString().startsWith(unit, found)) found += unit.length;
        expect(found).toBe(server.length);
        const applied = new Y.Doc().getText("t");
        applied.insert(0, base);
        applyToText(applied, edits, null);
        expect(applied.toString()).toBe(text.toString());
      }),
    );
  });

  it("reads the text without them out of one of ten megabytes, in a moment", () => {
    const doc = new Y.Doc();
    const text = doc.getText("source");
    const base = "a line of a long file\n".repeat(480_000);
    const server = Symbol("server");
    doc.transact(() => text.insert(0, base), server);
    const pending = new PendingEdits(text, server);
    for (let key = 0; key < 50; key++) text.insert(5_000_000 + key, "x");
    text.delete(100, 2_000);
    text.insert(7_000_000, "pasted\n".repeat(100_000));
    doc.transact(() => text.insert(0, "from others "), server);
    const began = performance.now();
    expect(pending.apart().base === `from others ${base}`).toBe(true);
    // By characters it took seconds, in which no key was heard.
    expect(performance.now() - began).toBeLessThan(500);
  });

  it("of a page that lives are left to it when the history is another one", () => {
    const doc = new Y.Doc();
    const text = doc.getText("t");
    text.insert(0, "a\n");
    const record = { historyId: "old", update: new Uint8Array([0, 0]), base: "a\n", text: "a\nmine\n" };
    expect(enterRecord({ ...record, shared: true }, text, "new", null)).toBe(false);
    expect(text.toString()).toBe("a\n");
    expect(enterRecord(record, text, "new", null)).toBe(true);
    expect(text.toString()).toBe("a\nmine\n");
  });
});

describe("lines that no server has", () => {
  const lines = (base: string, text: string) => unsentLines({ base, text });
  it("are whole, each once", () => {
    expect(lines("a\nb\nc\n", "a\nb\nc\n")).toBe("");
    expect(lines("a\nb\nc\n", "a\nbold\nc\n")).toBe("bold\n");
    expect(lines("a\nb\nc\n", "a\nb\nc\nd")).toBe("d");
    expect(lines("a\nb\nc\n", "x\na\nb and b\nc\n")).toBe("x\nb and b\n");
    expect(lines("one two three\n", "One two Three\n")).toBe("One two Three\n");
    expect(lines("a\nb\nc\n", "a\nc\n")).toBe("");
    expect(lines("", "all\nmine\n")).toBe("all\nmine\n");
  });

  it("have everything that was inserted", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.stringMatching(/^[XYZ\n]{1,6}$/), (base, at, insert) => {
        const place = base.length === 0 ? 0 : at % (base.length + 1);
        const found = lines(base, base.slice(0, place) + insert + base.slice(place));
        for (const letter of "XYZ") {
          const count = (text: string) => text.split(letter).length - 1;
          expect(count(found)).toBeGreaterThanOrEqual(count(insert));
        }
      }),
    );
  });
});
