import { describe, expect, it } from "vitest";
import { FrameBudget } from "./frame-budget";

function setUp(max: number) {
  const budget = new FrameBudget(max);
  const gone: string[] = [];
  const busy = new Set<string>();
  const frames = new Map<string, { name: string }>();
  const move = (name: string, near: boolean) => {
    const frame = frames.get(name) ?? { name };
    frames.set(name, frame);
    budget.move(frame, near, () => {
      if (busy.has(name)) return false;
      gone.push(name);
      return true;
    });
  };
  return { budget, gone, busy, frames, move };
}

describe("frames that live", () => {
  it("are taken away when they are too many, the one that was near the longest ago first", () => {
    const { gone, move } = setUp(2);
    for (const name of ["a", "b", "c", "d"]) {
      move(name, true);
      move(name, false);
    }
    expect(gone).toEqual(["a", "b"]);
    move("c", true);
    move("c", false);
    move("e", true);
    expect(gone).toEqual(["a", "b", "d"]);
  });

  it("stay while they are near to the view, or somebody is in them, however many", () => {
    const { gone, busy, move } = setUp(1);
    for (const name of ["a", "b", "c"]) move(name, true);
    expect(gone).toEqual([]);
    busy.add("a");
    move("a", false);
    move("b", false);
    expect(gone).toEqual(["b"]);
  });

  it("are forgotten when their place is gone", () => {
    const { budget, gone, frames, move } = setUp(1);
    move("a", true);
    move("a", false);
    budget.leave(frames.get("a") as object);
    move("b", true);
    move("never near", false);
    expect(gone).toEqual([]);
  });
});
