// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compose } from "./compose";
import { applyEdits, difference, type Edit } from "./difference";
import { compareTexts, type Hunk, hunksAt, inverse, readable, restoringEdits } from "./hunks";

/** `now`, which came from `newer`, after these parts have been restored in it. */
const restored = (newer: string, hunks: readonly Hunk[], now: string) =>
  applyEdits(now, restoringEdits(hunks, difference(newer, now)));

const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀", "\n", "\n", " "), maxLength: 80 });
/** Texts whose lines tell themselves apart, as nearly all do. */
const line = fc.integer({ min: 0, max: 40 }).map((number) => `line ${number}\n`);
const lines = fc.uniqueArray(line, { maxLength: 24 });

describe("the changes between two texts", () => {
  it("give the older text when all are taken back at once", () => {
    fc.assert(
      fc.property(text, text, (older, newer) => {
        const { hunks } = compareTexts(older, newer);
        expect(restored(newer, hunks, newer)).toBe(older);
      }),
    );
  });

  it("give the older text when they are taken back one by one, in any order", () => {
    fc.assert(
      fc.property(text, text, fc.infiniteStream(fc.nat()), (older, newer, order) => {
        const left = [...compareTexts(older, newer).hunks];
        let since: Edit[] = [];
        while (left.length > 0) {
          const hunk = left.splice(order.next().value % left.length, 1);
          since = compose(since, restoringEdits(hunk, since));
        }
        expect(applyEdits(newer, since)).toBe(older);
      }),
    );
  });

  it("give the older text of any text when each is looked for anew", () => {
    fc.assert(
      fc.property(text, text, fc.infiniteStream(fc.nat()), (older, newer, order) => {
        let now = newer;
        for (let left = newer.length + older.length; now !== older; left--) {
          const { hunks } = compareTexts(older, now);
          const hunk = hunks[order.next().value % hunks.length];
          if (hunk) now = restored(now, [hunk], now);
          expect(left).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("change nothing else, however the text has moved on around them", () => {
    fc.assert(
      fc.property(
        lines,
        lines,
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 8 }),
        (a, b, pick, moves) => {
          const [older, newer] = [a.join(""), b.join("")];
          const { hunks } = compareTexts(older, newer);
          fc.pre(hunks.length > 0);
          const hunk = hunks[pick % hunks.length] as (typeof hunks)[number];
          const wanted = older.slice(hunk.older.from, hunk.older.to);
          // Others write and remove lines before and behind the change.
          const edited = (part: string, name: string) => {
            if (part === "") return "";
            const rows = part.split(/(?<=\n)/);
            moves.forEach(([at, kind], index) => {
              const place = at % (rows.length + 1);
              if (kind % 2 === 0) rows.splice(place, 0, `${name} ${index}\n`);
              else rows.splice(place, 1);
            });
            return rows.join("");
          };
          const start = newer.lastIndexOf("\n", hunk.newer.from - 1) + 1;
          const end =
            hunk.newer.to === 0 || newer[hunk.newer.to - 1] === "\n"
              ? hunk.newer.to
              : newer.indexOf("\n", hunk.newer.to) + 1;
          // The lines beside the change stay, as the place to which it belongs.
          const before = newer.slice(0, start).split(/(?<=\n)/);
          const behind = newer.slice(end).split(/(?<=\n)/);
          const head = edited(before.slice(0, -1).join(""), "before") + (before.at(-1) ?? "");
          const tail = (behind[0] ?? "") + edited(behind.slice(1).join(""), "behind");
          const inside = newer.slice(start, hunk.newer.from) + wanted + newer.slice(hunk.newer.to, end);
          const now = head + newer.slice(start, end) + tail;
          expect(restored(newer, [hunk], now)).toBe(head + inside + tail);
        },
      ),
    );
  });

  it("do nothing where somebody has taken the change back already", () => {
    const { hunks } = compareTexts("one\ntwo\nthree\n", "one\n2\nthree\nfour\n");
    expect(hunks).toHaveLength(2);
    expect(restored("one\n2\nthree\nfour\n", hunks.slice(0, 1), "one\ntwo\nthree\nfour\n")).toBe(
      "one\ntwo\nthree\nfour\n",
    );
  });

  it("keep what others wrote inside the change", () => {
    const { hunks } = compareTexts("a\nb\n", "a\nlong new text\nb\n");
    expect(restored("a\nlong new text\nb\n", hunks, "a\nlong (mine) new text\nb\n")).toBe("a\n(mine) b\n");
  });

  it("are apart where a line between them stayed", () => {
    const { hunks } = compareTexts("1\n2\n3\n4\n5\n", "1\ntwo\n3\nfour\nfive\n");
    expect(hunks.map((hunk) => [hunk.older, hunk.newer])).toEqual([
      [
        { from: 2, to: 3 },
        { from: 2, to: 5 },
      ],
      [
        { from: 6, to: 9 },
        { from: 8, to: 17 },
      ],
    ]);
    const joined = compareTexts("a\nb\nc\n", "xa\nb\nC\n").hunks;
    expect(joined).toHaveLength(2);
    expect(compareTexts("a\nb\nc\n", "xa\nB\nc\n").hunks).toHaveLength(1);
    expect(hunksAt(hunks, "newer", { from: 4, to: 4 })).toEqual([0]);
    expect(hunksAt(hunks, "newer", { from: 0, to: 20 })).toEqual([0, 1]);
    expect(hunksAt(hunks, "newer", { from: 6, to: 6 })).toEqual([]);
  });

  it("stay many in a long text with changes all over it, and quick", () => {
    const rows = Array.from({ length: 10_000 }, (_, number) => `    value_${number} = compute(${number * 7})\n`);
    const older = rows.join("");
    const newer = rows.map((row, number) => (number % 8 === 0 ? `    other_${number} = None\n` : row)).join("");
    const started = performance.now();
    const { hunks } = compareTexts(older, newer);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(hunks).toHaveLength(1250);
    expect(restored(newer, hunks, newer)).toBe(older);
  });
});

describe("edits for reading", () => {
  it("make the same text", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const { edits } = compareTexts(a, b);
        expect(applyEdits(a, readable(a, edits))).toBe(b);
        expect(applyEdits(b, inverse(a, edits))).toBe(a);
      }),
    );
  });
});
