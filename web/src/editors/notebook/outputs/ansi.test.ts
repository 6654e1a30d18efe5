import fc from "fast-check";
import { expect, test } from "vitest";
import { AnsiText, CHUNK_LINES, parseAnsi } from "./ansi";

const plain = (text: string) => parseAnsi(text).map((line) => line.map((span) => span.text).join(""));

test("lines and colours", () => {
  const [first, second] = parseAnsi("\x1b[1;31mred\x1b[0m and \x1b[4mline\x1b[24m\nnext");
  expect(first).toEqual([
    { text: "red", classes: "ansi-fg-1 ansi-bold", style: {} },
    { text: " and ", classes: "", style: {} },
    { text: "line", classes: "ansi-underline", style: {} },
  ]);
  expect(second).toEqual([{ text: "next", classes: "", style: {} }]);
});

test("bright, 256 and true colours", () => {
  const [[bright, indexed, small, grey, any] = []] = parseAnsi(
    "\x1b[92ma\x1b[38;5;208mb\x1b[38;5;9mc\x1b[48;5;244md\x1b[0;38;2;1;2;300me",
  );
  expect(bright?.classes).toBe("ansi-fg-10");
  expect(indexed).toMatchObject({ classes: "ansi-fg", style: { color: "rgb(255 135 0)" } });
  expect(small?.classes).toBe("ansi-fg-9");
  expect(grey).toMatchObject({ style: { background: "rgb(128 128 128)" } });
  expect(any?.style).toEqual({ color: "rgb(1 2 255)" });
});

test("a line is written over, erased, and gone back to", () => {
  expect(plain("10%\r50%\r100%\ndone")).toEqual(["100%", "done"]);
  expect(plain("long line\rshort")).toEqual(["shortline"]);
  expect(plain("long line\r\x1b[Kshort")).toEqual(["short"]);
  expect(plain("abc\b\bX")).toEqual(["aXc"]);
  expect(plain("one\ntwo\x1b[A\rONE\n")).toEqual(["ONE", "two"]);
  expect(plain("windows\r\nlines")).toEqual(["windows", "lines"]);
});

test("links, and what is no sequence to show", () => {
  const [[link, rest] = []] = parseAnsi(
    "\x1b]8;;https://example.org\x1b\\here\x1b]8;;\x1b\\ \x1b]0;title\x07\x1b[?25l.",
  );
  expect(link).toMatchObject({ text: "here", href: "https://example.org" });
  expect(rest).toEqual({ text: " .", classes: "", style: {} });
  expect(parseAnsi("\x1b]8;;javascript:alert(1)\x07x")[0]?.[0]?.href).toBeUndefined();
  expect(parseAnsi("\x1b]8;;file:///etc/passwd\x07x")[0]?.[0]?.href).toBeUndefined();
});

test("how it is cut into parts makes no difference", () => {
  const piece = fc.constantFrom(
    "a",
    "bc\n",
    "\r",
    "\x1b[31m",
    "\x1b[0m",
    "\x1b[38;5;200m",
    "\b",
    "\x1b[A",
    "\x1b[K",
    "\x1b]8;;https://x.org\x07",
  );
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(200)), (pieces, cuts) => {
      const text = pieces.join("");
      const inParts = new AnsiText();
      let from = 0;
      for (const cut of [...cuts.map((c) => Math.min(c, text.length)), text.length].toSorted((a, b) => a - b)) {
        inParts.feed(text.slice(from, cut));
        from = cut;
      }
      const words = (lines: ReturnType<typeof parseAnsi>) =>
        lines.map((line) => line.flatMap((s) => [...s.text].map((c) => [c, s.classes, s.style, s.href])));
      expect(words(inParts.chunks.flat())).toEqual(words(parseAnsi(text)));
    }),
  );
});

test("only the chunks that changed are new", () => {
  const text = new AnsiText();
  text.feed("line\n".repeat(CHUNK_LINES * 2));
  const before = text.chunks;
  text.feed("more\n");
  expect(text.chunks[0]).toBe(before[0]);
  expect(text.chunks[1]).toBe(before[1]);
  expect(text.chunks[2]).not.toBe(before[2]);
  expect(text.lineCount).toBe(CHUNK_LINES * 2 + 1);
});

test("a hundred thousand lines, and a line of as many colours, are read at once", () => {
  const began = performance.now();
  expect(parseAnsi("a line of some length\n".repeat(100_000))).toHaveLength(100_001);
  expect(parseAnsi("\x1b[31ma\x1b[32mb".repeat(50_000))[0]).toHaveLength(100_000);
  expect(parseAnsi("\x1b".repeat(100_000))).toEqual([[]]);
  expect(performance.now() - began).toBeLessThan(3_000);
});
