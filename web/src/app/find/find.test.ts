import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FoundFile } from "../../protocol/generated";
import { EMPTY_FORM, queryOf, splitGlobs } from "./form";
import { comparePaths, findRows, type MatchPlace, matchesOf, matchKey, pieces, wholeFiles } from "./results";
import { usedBy } from "./use-recent-files";

const file = (
  path: string,
  lines: [number, string, ...[number, number][]][],
  more: Partial<FoundFile> = {},
): FoundFile => ({
  path,
  digest: `digest of ${path}`,
  count: lines.reduce((sum, [, , ...spans]) => sum + spans.length, 0),
  lines: lines.map(([line, text, ...spans]) => ({
    line,
    text,
    at: 0,
    spans: spans.map(([start, end]) => ({ start, end })),
  })),
  ...more,
});
const A = file("a.py", [
  [2, "value = value", [0, 5], [8, 13]],
  [4, "  value", [2, 7]],
]);
const B = file("lib/b.py", [[1, "value", [0, 5]]]);
const results = new Map([A, B].map((one) => [one.path, one]));

describe("the query", () => {
  it("has its names between commas, but for those within braces", () => {
    expect(splitGlobs(" *.py,  lectures ,,x{a,b}.md")).toEqual(["*.py", "lectures", "x{a,b}.md"]);
    expect(splitGlobs("{a,b")).toEqual(["{a,b"]);
    fc.assert(fc.property(fc.string(), (text) => splitGlobs(text).every((glob) => glob === glob.trim() && glob)));
  });

  it("has a replacement only when one is asked for", () => {
    expect(queryOf(EMPTY_FORM)).toBeNull();
    expect(queryOf({ ...EMPTY_FORM, text: "a", replacement: "b" })?.replacement).toBeNull();
    expect(queryOf({ ...EMPTY_FORM, text: "a", replacement: "", replaces: true })?.replacement).toBe("");
  });
});

describe("the list of results", () => {
  it("has a row for each match, below its file, in the order of the tree", () => {
    const rows = findRows(results, ["a.py", "lib/b.py"], new Set());
    expect(rows.map((row) => (row.kind === "match" ? `${row.line.line}.${row.number}` : row.key))).toEqual([
      "a.py",
      "2.0",
      "2.1",
      "4.2",
      "lib/b.py",
      "1.0",
    ]);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });

  it("leaves out the matches of a closed file", () => {
    const rows = findRows(results, ["a.py", "lib/b.py"], new Set(["a.py"]));
    expect(rows.map((row) => row.key)).toEqual(["a.py", "lib/b.py", matchKey("lib/b.py", 0)]);
  });

  it("shows a line around matches once", () => {
    const around = file("a.py", [[2, "x", [0, 1]]]);
    const near: FoundFile = {
      ...around,
      lines: [
        { line: 2, text: "x", at: 0, spans: [{ start: 0, end: 1 }], before: ["one"], after: ["three"] },
        { line: 4, text: "x", at: 0, spans: [{ start: 0, end: 1 }], before: ["three"], after: ["five"] },
      ],
    };
    const rows = findRows(new Map([["a.py", near]]), ["a.py"], new Set());
    expect(rows.map((row) => (row.kind === "context" ? row.text : row.kind))).toEqual([
      "file",
      "one",
      "match",
      "three",
      "match",
      "five",
    ]);
  });

  it("orders paths as a tree does: any list has one order", () => {
    expect(["b/a", "a", "a/b", "b", "week10", "week2"].sort(comparePaths)).toEqual([
      "a",
      "b",
      "week2",
      "week10",
      "a/b",
      "b/a",
    ]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "B", "/", "1", "é") })), (paths) => {
        expect([...paths].sort(comparePaths)).toEqual([...paths].reverse().sort(comparePaths));
      }),
    );
  });

  it("shows a match with what is around it, cut where that is long", () => {
    const [first] = matchesOf(file("a", [[1, `${"x".repeat(40)}needle after`, [40, 46]]]));
    expect(pieces(first as MatchPlace)).toEqual([`…${"x".repeat(12)}`, "needle", " after"]);
    const [indented] = matchesOf(file("a", [[1, "    if x", [7, 8]]]));
    expect(pieces(indented as MatchPlace)).toEqual(["if ", "x", ""]);
  });

  it("replaces whole files by their digest, and of those that were not told whole what was told", () => {
    const cut = { ...A, path: "cut.py", complete: false };
    const odd = { ...B, path: "odd", openable: false };
    expect(wholeFiles([A, cut, odd])).toEqual([
      { path: "a.py", digest: A.digest },
      { path: "cut.py", digest: A.digest, matches: [0, 1, 2] },
    ]);
  });
});

describe("files that were used", () => {
  it("are one's own, the newest first", () => {
    const row = (path: string, users: Record<string, { read?: string; edit?: string }>) => ({
      project_id: "p",
      path,
      users,
    });
    const rows = [
      row("old", { me: { read: "2026-01-01" } }),
      row("other", { you: { read: "2026-12-01" } }),
      row("edited", { me: { read: "2026-01-02", edit: "2026-03-01" } }),
      row("read", { me: { read: "2026-02-01" } }),
    ];
    expect(usedBy("me", rows)).toEqual(["edited", "read", "old"]);
  });
});
