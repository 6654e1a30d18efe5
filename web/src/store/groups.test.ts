// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Divider, moved, placed, type Side } from "../ui/split/split";
import {
  closed,
  closedEverywhere,
  currentGroup,
  entered,
  type Groups,
  joined,
  MAX_GROUPS,
  movedTab,
  movedToSide,
  ONE_GROUP,
  openTabs,
  renamed,
  restored,
  shown,
  split,
} from "./groups";

const PATHS = ["a.md", "b.md", "c/d.md", "c/e.md"];
const SIDES: Side[] = ["left", "right", "up", "down"];

const open = (...paths: string[]) => paths.reduce<Groups>((state, path) => shown(state, path), ONE_GROUP);
const tabsOf = (state: Groups) =>
  state.groups.map((group) => group.tabs.map((tab) => (tab === group.active ? `[${tab}]` : tab)).join(" "));
const boxes = (state: Groups) => placed(state.layout, (part) => part.group).panes;

const index = fc.nat(3);
const path = fc.constantFrom(...PATHS);
const side = fc.constantFrom(...SIDES);
const step = fc.oneof(
  fc.record({ act: fc.constant("show" as const), path }),
  fc.record({ act: fc.constant("close" as const), path, from: index }),
  fc.record({ act: fc.constant("everywhere" as const), path }),
  fc.record({ act: fc.constant("split" as const), from: index, side }),
  fc.record({ act: fc.constant("move" as const), path, from: index, to: index }),
  fc.record({ act: fc.constant("aside" as const), path, from: index, to: index, side }),
  fc.record({ act: fc.constant("enter" as const), from: index }),
  fc.record({ act: fc.constant("rename" as const) }),
  fc.record({ act: fc.constant("join" as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function done(state: Groups, one: Step): Groups {
  const id = (at: number) => state.groups[at % state.groups.length]?.id ?? "";
  switch (one.act) {
    case "show":
      return shown(state, one.path);
    case "close":
      return closed(state, id(one.from), one.path);
    case "everywhere":
      return closedEverywhere(state, one.path);
    case "split":
      return split(state, id(one.from), one.side) ?? state;
    case "move":
      return movedTab(state, one.path, id(one.from), id(one.to), null);
    case "aside":
      return movedToSide(state, one.path, id(one.from), id(one.to), one.side);
    case "enter":
      return entered(state, id(one.from));
    case "rename":
      return renamed(state, "c", "d");
    case "join":
      return joined(state);
  }
}

describe("groups of tabs", () => {
  it("show the same file twice, and go with their last tab", () => {
    const two = split(open("a.md", "b.md"), "1", "right") as Groups;
    expect(tabsOf(two)).toEqual(["a.md [b.md]", "[b.md]"]);
    expect(two.current).toBe("2");
    const one = closed(two, "2", "b.md");
    expect(tabsOf(one)).toEqual(["a.md [b.md]"]);
    expect(one.layout).toEqual({ group: "1" });
    expect(one.current).toBe("1");
  });

  it("go where a file is shown already, and else open it where the person is", () => {
    const two = shown(split(open("a.md", "b.md"), "1", "right") as Groups, "c/d.md");
    expect(tabsOf(two)).toEqual(["a.md [b.md]", "b.md [c/d.md]"]);
    expect(shown(two, "b.md").current).toBe("2");
    const first = entered(shown(two, "b.md"), "1");
    expect(tabsOf(shown(first, "a.md"))).toEqual(["[a.md] b.md", "[b.md] c/d.md"]);
    expect(shown(shown(two, "c/e.md"), "b.md").groups).toHaveLength(2);
  });

  it("stand where they were asked for, and share the room of what was split", () => {
    const three = split(split(open("a.md"), "1", "right") as Groups, "2", "down") as Groups;
    expect(boxes(three).get("1")).toEqual({ left: 0, top: 0, width: 0.5, height: 1 });
    expect(boxes(three).get("2")).toEqual({ left: 0.5, top: 0, width: 0.5, height: 0.5 });
    expect(boxes(three).get("3")).toEqual({ left: 0.5, top: 0.5, width: 0.5, height: 0.5 });
    const left = split(three, "1", "left") as Groups;
    expect(boxes(left).get("4")?.left).toBe(0);
    expect(split(left, "1", "right")).toBeNull();
    expect(openTabs(left)).toEqual(["a.md"]);
  });

  it("are as wide as each other until one is made wider; then one more takes half of its neighbour", () => {
    const inRow = (state: Groups) =>
      [...boxes(state).values()].toSorted((a, b) => a.left - b.left).map((box) => box.width);
    const three = split(split(open("a.md"), "1", "right") as Groups, "2", "right") as Groups;
    for (const width of inRow(three)) expect(width).toBeCloseTo(1 / 3, 6);
    for (const width of inRow(split(three, "1", "left") as Groups)) expect(width).toBeCloseTo(1 / 4, 6);
    const two = split(open("a.md"), "1", "right") as Groups;
    const [line] = placed(two.layout, (part) => part.group).dividers;
    const wide = { ...two, layout: moved(two.layout, line as Divider, 0.6) };
    const [first, second, third] = inRow(split(wide, "2", "right") as Groups);
    expect(first).toBeCloseTo(0.6, 6);
    expect(second).toBeCloseTo(0.2, 6);
    expect(third).toBeCloseTo(0.2, 6);
  });

  it("are a whole after any acts: each has tabs, one place and room, and the person is in one", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = ONE_GROUP;
        for (const one of steps) {
          state = done(state, one);
          const ids = state.groups.map((group) => group.id);
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids.length).toBeLessThanOrEqual(MAX_GROUPS);
          expect([...boxes(state).keys()].toSorted()).toEqual(ids.toSorted());
          expect(ids).toContain(state.current);
          const room = [...boxes(state).values()].reduce((sum, box) => sum + box.width * box.height, 0);
          expect(room).toBeCloseTo(1, 6);
          for (const group of state.groups) {
            expect(new Set(group.tabs).size).toBe(group.tabs.length);
            if (ids.length > 1) expect(group.tabs.length).toBeGreaterThan(0);
            if (group.active !== null) expect(group.tabs).toContain(group.active);
          }
        }
        if (openTabs(state).length > 0) expect(restored(JSON.parse(JSON.stringify(state)))).toEqual(state);
      }),
    );
  });

  it("never lose a file by moving it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), path, index, index, side, (steps, file, from, to, where) => {
        const state = steps.reduce(done, ONE_GROUP);
        const before = openTabs(state).toSorted();
        const moves = [
          { act: "move" as const, path: file, from, to },
          { act: "aside" as const, path: file, from, to, side: where },
          { act: "join" as const },
        ];
        for (const move of moves) expect(openTabs(done(state, move)).toSorted()).toEqual(before);
      }),
    );
  });

  it("are made of whatever was remembered", () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        const state = restored(input);
        expect(currentGroup(state).id).toBe(state.current);
      }),
    );
    const twice = {
      groups: [
        { id: "1", tabs: ["a"], active: "b" },
        { id: "2", tabs: ["a"] },
      ],
      layout: { group: "1" },
    };
    expect([...boxes(restored(twice)).keys()]).toEqual(["1", "2"]);
  });
});
