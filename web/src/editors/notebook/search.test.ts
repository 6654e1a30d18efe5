// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expressionOf, findAll, type Match, replacementOf } from "./search";

const plain = (text: string, caseSensitive = false) =>
  expressionOf({ text, caseSensitive, isPattern: false }) as RegExp;

describe("finding in cells", () => {
  it("finds a text as it is typed, in all cells and in their order", () => {
    const sources = [
      { id: "a", text: "x = f(x)" },
      { id: "b", text: "F(X)" },
    ];
    expect(findAll(sources, plain("f(x)"))).toEqual([
      { id: "a", from: 4, to: 8 },
      { id: "b", from: 0, to: 4 },
    ]);
    expect(findAll(sources, plain("f(x)", true))).toHaveLength(1);
  });

  it("finds every text in itself", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), fc.string(), (text, around) => {
        const found = findAll([{ id: "a", text: around + text }], plain(text, true));
        expect(found.length).toBeGreaterThan(0);
      }),
    );
  });

  it("replaces by groups of a pattern, and literally otherwise", () => {
    const text = "plot(x, y)";
    const pattern = expressionOf({ text: "(\\w), (\\w)", caseSensitive: false, isPattern: true }) as RegExp;
    const [match] = findAll([{ id: "a", text }], pattern) as [Match];
    expect(replacementOf(text, match, pattern, "$2, $1", true)).toBe("y, x");
    expect(replacementOf(text, match, plain("x"), "$1", false)).toBe("$1");
  });

  it("says that a pattern is none", () => {
    expect(expressionOf({ text: "(", caseSensitive: false, isPattern: true })).toMatch(/no valid/);
  });
});
