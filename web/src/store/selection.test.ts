import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { all, kept, NOTHING, only, outermost, ranged, type Selection, toggled } from "./selection";

const ORDER = ["a", "b", "c", "d", "e"];
const paths = (selection: Selection) => [...selection.paths].sort();

describe("a selection", () => {
  it("takes one, more one by one, and all between", () => {
    expect(paths(only("b"))).toEqual(["b"]);
    expect(paths(toggled(toggled(only("b"), "d"), "b"))).toEqual(["d"]);
    expect(paths(ranged(only("b"), ORDER, "d"))).toEqual(["b", "c", "d"]);
    expect(paths(all(ORDER))).toEqual(ORDER);
  });

  it("turns around where its range began", () => {
    const down = ranged(only("c"), ORDER, "e");
    expect(paths(ranged(down, ORDER, "a"))).toEqual(["a", "b", "c"]);
  });

  it("begins anew when what it began with is gone", () => {
    expect(paths(ranged({ paths: new Set(["x"]), anchor: "x" }, ORDER, "c"))).toEqual(["c"]);
    expect(ranged(NOTHING, ORDER, "gone")).toBe(NOTHING);
  });

  it("loses what is gone, and is the same when nothing is", () => {
    const chosen = ranged(only("b"), ORDER, "d");
    expect(paths(kept(chosen, (path) => path !== "b"))).toEqual(["c", "d"]);
    expect(kept(chosen, (path) => path !== "b").anchor).toBeNull();
    expect(kept(chosen, () => true)).toBe(chosen);
  });

  it("a range has the anchor, the end, and all between, and nothing else", () => {
    const path = fc.constantFrom(...ORDER);
    fc.assert(
      fc.property(path, path, (from, to) => {
        const range = ranged(only(from), ORDER, to);
        const [low, high] = [ORDER.indexOf(from), ORDER.indexOf(to)].sort((a, b) => a - b) as [number, number];
        expect(paths(range)).toEqual(ORDER.slice(low, high + 1));
      }),
    );
  });
});

describe("the outermost", () => {
  it("stand for what is in them", () => {
    expect(outermost(["a", "a/b", "a/b/c", "ab", "d/e"]).sort()).toEqual(["a", "ab", "d/e"]);
  });
});
