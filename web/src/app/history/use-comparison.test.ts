// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Burst } from "../../protocol/generated";
import { burstOf, type DocumentHistory } from "../../store/document-history";
import { compareTexts } from "../../sync/hunks";
import { changeInWords, type ShownComparison, sizeOf, versionName } from "./use-comparison";
import { nextFrame } from "./use-play";

const compared = (older: string, newer: string, side: "older" | "newer" = "newer"): ShownComparison => ({
  ...compareTexts(older, newer),
  key: "",
  side,
  olderVersion: 1,
  other: "version 1",
});

describe("a change in words", () => {
  it("says what came, what went, and what became what", () => {
    expect(changeInWords(compared("a\nb\n", "a\nnew line\nb\n"), 0)).toBe("added “new line”");
    expect(changeInWords(compared("a\nold\nb\n", "a\nb\n"), 0)).toBe("removed “old”");
    expect(changeInWords(compared("x = 1\n", "x = 2\n"), 0)).toBe("“1” became “2”");
    expect(changeInWords(compared("a\n", "a\n\n"), 0)).toBe("added white space");
    expect(changeInWords(compared("", "w".repeat(500)), 0)).toBe(`added “${"w".repeat(80)}…”`);
    expect(changeInWords(compared("a", "a"), 0)).toBe("");
  });

  it("counts what only the shown text has, whichever of the two it is", () => {
    expect(sizeOf(compared("abc\n", "abcdef\n"))).toEqual({ here: 3, there: 0 });
    expect(sizeOf(compared("abc\n", "abcdef\n", "older"))).toEqual({ here: 0, there: 3 });
    expect([versionName(0), versionName(1200)]).toEqual(["the empty text", "version 1,200"]);
  });
});

describe("a film of the history", () => {
  const burst = (first: number, last: number): Burst => ({ first, last, started_at: 0, ended_at: 0, account_ids: [] });
  const bursts = [burst(500, 900), burst(400, 499)];
  const history = { burstOf: (version: number) => burstOf(bursts, version) } as unknown as DocumentHistory;

  it("goes edit by edit, in so many steps, or from burst to burst", () => {
    expect(nextFrame(history, "slow", 10, 900)).toBe(11);
    expect(nextFrame(history, "normal", 10, 900)).toBe(13);
    expect(nextFrame(history, "fast", 10, 900)).toBe(22);
    expect(nextFrame(history, "bursts", 399, 900)).toBe(499);
    expect(nextFrame(history, "bursts", 499, 900)).toBe(900);
    // Older bursts are not known yet.
    expect(nextFrame(history, "bursts", 10, 900)).toBe(13);
  });
});
