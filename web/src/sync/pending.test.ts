import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { enterRecord, PendingEdits, unsentLines } from "./pending";

const SERVER = Symbol("server");

describe("pending edits", () => {
  it("leave the text of others, whatever was typed and deleted by whom", () => {
    const place = fc.nat(40);
    const step = fc.oneof(
      fc.record({ by: fc.constantFrom("me", "server"), at: place, insert: fc.string({ minLength: 1, maxLength: 4 }) }),
      fc.record({ by: fc.constantFrom("me", "server"), at: place, remove: fc.integer({ min: 1, max: 6 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const mine = new Y.Doc();
        const theirs = new Y.Doc();
        const text = mine.getText("t");
        const pending = new PendingEdits(text, SERVER);
        // The server's document never sees mine: what it shows is the text without my edits, unless I deleted its text.
        const server = theirs.getText("t");
        theirs.on("update", (update: Uint8Array) => Y.applyUpdate(mine, update, SERVER));
        for (const one of steps) {
          const into = one.by === "me" ? text : server;
          const at = Math.min(one.at, into.length);
          if ("insert" in one) into.insert(at, one.insert);
          else into.delete(at, Math.min(one.remove, into.length - at));
        }
        expect(pending.textWithout()).toBe(server.toString());
      }),
    );
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
