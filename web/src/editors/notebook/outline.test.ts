import fc from "fast-check";
import { expect, it } from "vitest";
import { headingAt, headingsOf } from "./outline";

const levels = (text: string) => headingsOf([{ id: "a", text }]).map(({ level, text }) => `${level} ${text}`);

it("finds headings with marks before and below them", () => {
  expect(levels("# One\n\ntext\n\n### Three ###\n\nTitle\n=====\n\nSmaller\n---")).toEqual([
    "1 One",
    "3 Three",
    "1 Title",
    "2 Smaller",
  ]);
});

it("takes what is code, a list, a rule or a tag for no heading", () => {
  expect(levels("```\n# no\n```\n~~~~\n# no\n~~~\n# no\n~~~~\n#no\n\n- a\n---\n\n    # no\n\n| a |\n---")).toEqual([]);
});

it("shows words without the marks of Markdown", () => {
  expect(levels("# **Bold** and `code`, a [link](https://example.org), $x_1 + x_2$")).toEqual([
    "1 Bold and code, a link, $x_1 + x_2$",
  ]);
});

it("knows which heading of a cell it is, and under which one a cell stands", () => {
  const headings = headingsOf([
    { id: "b", text: "# B\n## C" },
    { id: "d", text: "# D" },
  ]);
  expect(headings.map(({ nth }) => nth)).toEqual([0, 1, 0]);
  expect([0, 1, 2, 3].map((at) => headingAt(headings, ["a", "b", "c", "d"], at))).toEqual([-1, 1, 1, 2]);
});

it("finds each heading once, whatever stands between", () => {
  const line = fc.constantFrom("text", "", "- item", "    # indented", "> quote", "| a | b |");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.array(line))), (parts) => {
      const text = parts.map(([level, lines]) => [`${"#".repeat(level)} H`, ...lines].join("\n")).join("\n\n");
      expect(headingsOf([{ id: "a", text }]).map(({ level }) => level)).toEqual(parts.map(([level]) => level));
    }),
  );
});
