// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TerminalLayout } from "../../protocol/generated";
import { moved, neighbour, placed, SMALLEST_SHARE } from "./split";

const leafOf = (part: TerminalLayout) => part.terminal;

/** One on the left; on the right one above two. */
const LAYOUT: TerminalLayout = {
  direction: "row",
  parts: [
    { terminal: "a", share: 1 },
    {
      direction: "column",
      share: 3,
      parts: [{ terminal: "b" }, { direction: "row", parts: [{ terminal: "c" }, { terminal: "d" }] }],
    },
  ],
};

const layouts = fc.letrec<{ layout: TerminalLayout }>((tie) => ({
  layout: fc.oneof(
    { maxDepth: 4 },
    fc.uuid().map((terminal): TerminalLayout => ({ terminal })),
    fc.record({
      direction: fc.constantFrom("row" as const, "column" as const),
      share: fc.double({ min: 0.1, max: 5, noNaN: true }),
      parts: fc.array(tie("layout"), { minLength: 2, maxLength: 4 }),
    }),
  ),
})).layout;

describe("where parts are", () => {
  it("follows shares, rows and columns", () => {
    const { panes, dividers } = placed(LAYOUT, leafOf);
    expect(panes.get("a")).toEqual({ left: 0, top: 0, width: 0.25, height: 1 });
    expect(panes.get("b")).toEqual({ left: 0.25, top: 0, width: 0.75, height: 0.5 });
    expect(panes.get("d")).toEqual({ left: 0.625, top: 0.5, width: 0.375, height: 0.5 });
    const lines = dividers.map(({ direction, share, room }) => `${direction} ${share} of ${room}`);
    expect(lines.toSorted()).toEqual(["column 0.5 of 1", "row 0.25 of 1", "row 0.5 of 0.75"]);
  });

  it("leaves no room over and none twice", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const boxes = [...placed(layout, leafOf).panes.values()];
        const total = boxes.reduce((sum, box) => sum + box.width * box.height, 0);
        expect(total).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe("a line between terminals", () => {
  it("is moved within the room of its two", () => {
    const { dividers } = placed(LAYOUT, leafOf);
    const line = dividers.find(({ path }) => path.length === 2);
    if (!line) throw new Error("no inner line");
    const { panes } = placed(moved(LAYOUT, line, 0.75), leafOf);
    expect(panes.get("c")?.width).toBeCloseTo(0.75 * 0.75);
    expect(panes.get("d")?.width).toBeCloseTo(0.75 * 0.25);
    expect(panes.get("b")).toEqual(placed(LAYOUT, leafOf).panes.get("b"));
  });

  it("leaves something of both, wherever it is dragged to", () => {
    fc.assert(
      fc.property(layouts, fc.double({ min: -3, max: 3, noNaN: true }), (layout, share) => {
        for (const line of placed(layout, leafOf).dividers) {
          const now = placed(moved(layout, line, share), leafOf).dividers.find(
            (other) => other.index === line.index && `${other.path}` === `${line.path}`,
          );
          expect(now?.share).toBeGreaterThanOrEqual(SMALLEST_SHARE - 1e-9);
          expect(now?.share).toBeLessThanOrEqual(1 - SMALLEST_SHARE + 1e-9);
          expect(now?.room).toBeCloseTo(line.room);
        }
      }),
    );
  });
});

describe("the terminal beside one", () => {
  const { panes } = placed(LAYOUT, leafOf);
  it.each([
    ["a", "right", "b"],
    ["b", "left", "a"],
    ["b", "down", "c"],
    ["c", "right", "d"],
    ["d", "left", "c"],
    ["d", "up", "b"],
    ["a", "left", null],
    ["d", "down", null],
  ] as const)("of %s to the %s is %s", (from, side, to) => expect(neighbour(panes, from, side)).toBe(to));
});
