// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  arrow,
  bytesOf,
  bytesOfBinary,
  isReport,
  linesIn,
  pasted,
  pathInProject,
  printedPaths,
  withHeld,
} from "./input";

const none = { ctrl: false, alt: false };

describe("what is typed", () => {
  it("is UTF-8; old mouse protocols are bytes", () => {
    expect([...bytesOf("é€")]).toEqual([0xc3, 0xa9, 0xe2, 0x82, 0xac]);
    expect([...bytesOfBinary("\x1b[M é")]).toEqual([0x1b, 0x5b, 0x4d, 0x20, 0xe9]);
  });

  it.each([
    ["c", { ctrl: true, alt: false }, "\x03"],
    ["C", { ctrl: true, alt: false }, "\x03"],
    ["[", { ctrl: true, alt: false }, "\x1b"],
    [" ", { ctrl: true, alt: false }, "\0"],
    ["?", { ctrl: true, alt: false }, "\x7f"],
    ["b", { ctrl: false, alt: true }, "\x1bb"],
    ["x", { ctrl: true, alt: true }, "\x1b\x18"],
    ["1", { ctrl: true, alt: false }, "1"],
    ["b", none, "b"],
    ["word", { ctrl: true, alt: true }, "word"],
  ])("%j with %j held is %j", (data, held, expected) => expect(withHeld(data, held)).toBe(expected));

  it("has arrows as the program wants them", () => {
    expect(arrow("ArrowUp", false, none)).toBe("\x1b[A");
    expect(arrow("ArrowLeft", true, none)).toBe("\x1bOD");
    expect(arrow("ArrowRight", true, { ctrl: true, alt: false })).toBe("\x1b[1;5C");
  });

  it("is told from reports that nobody typed", () => {
    for (const report of ["\x1b[I", "\x1b[O", "\x1b[<35;10;4M"]) expect(isReport(report)).toBe(true);
    for (const key of ["\x1b[A", "\x1bOP", "I", "\x1b[<0;10;4M", "\x1b[<64;1;1M"]) expect(isReport(key)).toBe(false);
  });
});

describe("a paste", () => {
  it("counts its lines without an end of line at its end", () => {
    expect([linesIn("ls"), linesIn("ls\n"), linesIn("ls\r\npwd"), linesIn("a\r\nb\r\n"), linesIn("a\n\nb")]).toEqual([
      1, 1, 2, 2, 3,
    ]);
  });

  it("has carriage returns, and brackets where the program asks for them", () => {
    expect(pasted("a\nb\r\nc", false)).toBe("a\rb\rc");
    expect(pasted("a\nb", true)).toBe("\x1b[200~a\rb\x1b[201~");
  });

  it("cannot leave its brackets", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const sent = pasted(`${before}\x1b[201~${after}`, true);
        expect(sent.indexOf("\x1b[201~")).toBe(sent.length - 6);
      }),
    );
  });
});

describe("paths that programs print", () => {
  const found = (text: string) => printedPaths(text).map(({ path, line }) => (line ? `${path} at ${line}` : path));

  it("are files with a folder or a line", () => {
    expect(found("src/a.py:12: error")).toEqual(["src/a.py at 12"]);
    expect(found('  File "src/b/main.py", line 7, in <module>')).toEqual(["src/b/main.py at 7"]);
    expect(found("see ./notes.md and main.c:3:14")).toEqual(["./notes.md", "main.c at 3"]);
    expect(found("e.g. 3.14 or example.org")).toEqual([]);
  });

  it("are found where they stand", () => {
    const text = "see (src/a.py:12)";
    const [one] = printedPaths(text);
    expect(text.slice(one?.from, one?.to)).toBe("src/a.py:12");
  });

  it("are of the project or nothing", () => {
    expect(pathInProject("a.py", "src")).toBe("src/a.py");
    expect(pathInProject("../b/./c.py", "src/x")).toBe("src/b/c.py");
    expect(pathInProject("~/a.py", "src")).toBe("a.py");
    expect(pathInProject("../../etc/passwd", "src")).toBeNull();
  });
});
