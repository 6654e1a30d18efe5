// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits, difference, rebase } from "./difference";

const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀", "\n", "\r\n", " "), maxLength: 60 });

describe("difference", () => {
  it("turns one text into the other, for any two", () => {
    fc.assert(fc.property(text, text, (a, b) => applyEdits(a, difference(a, b)) === b));
  });

  it("is small where the change is small", () => {
    const lines = Array.from({ length: 20_000 }, (_, number) => `line ${number}\n`);
    const a = lines.join("");
    lines[7000] = "line seven thousand\n";
    lines.splice(15_000, 1);
    const edits = difference(a, lines.join(""));
    expect(applyEdits(a, edits)).toBe(lines.join(""));
    expect(edits.reduce((sum, edit) => sum + edit.insert.length + edit.to - edit.from, 0)).toBeLessThan(60);
  });

  it("stays quick when nothing is alike", () => {
    const a = Array.from({ length: 30_000 }, (_, number) => `a${number}\n`).join("");
    const b = Array.from({ length: 30_000 }, (_, number) => `b${number}\n`).join("");
    const started = performance.now();
    expect(applyEdits(a, difference(a, b))).toBe(b);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("never cuts a surrogate pair", () => {
    const [edit] = difference(`${"x".repeat(30_000)}😀`, `${"x".repeat(30_000)}😁`);
    expect(edit?.insert).toBe("😁");
  });
});

describe("rebase", () => {
  const merge = (base: string, mine: string, theirs: string) =>
    applyEdits(theirs, rebase(difference(base, mine), difference(base, theirs)));

  it("keeps the edits of both", () => {
    expect(merge("one\ntwo\nthree\n", "one\ntwo and a half\nthree\n", "zero\none\ntwo\n")).toBe(
      "zero\none\ntwo and a half\n",
    );
  });

  it("does once what both did", () => {
    expect(merge("a\n", "a\nsame\n", "a\nsame\n")).toBe("a\nsame\n");
  });

  it("goes on where they have the first part of it", () => {
    expect(merge("a\n", "a\nwhole word\n", "a\nwhole wo\n")).toBe("a\nwhole word\n");
    expect(merge("a\n", "a\nwhole wo\n", "a\nwhole word\n")).toBe("a\nwhole word\n");
  });

  it("keeps what they wrote inside what mine deletes", () => {
    expect(merge("0123456789", "09", "01234new56789")).toBe("0new9");
  });

  it("gives mine when they changed nothing, and theirs when mine did not", () => {
    fc.assert(fc.property(text, text, (base, other) => merge(base, other, base) === other));
    fc.assert(fc.property(text, text, (base, other) => merge(base, base, other) === other));
  });

  it("yields valid edits for any three texts", () => {
    fc.assert(
      fc.property(text, text, text, (base, mine, theirs) => {
        let at = 0;
        for (const edit of rebase(difference(base, mine), difference(base, theirs))) {
          expect(edit.from).toBeGreaterThanOrEqual(at);
          expect(edit.to).toBeGreaterThanOrEqual(edit.from);
          at = edit.to;
        }
        expect(at).toBeLessThanOrEqual(theirs.length);
      }),
    );
  });
});
