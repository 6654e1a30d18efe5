import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apply, keyOf, overlay, sorted, type TableShape } from "./live-table";

interface Item {
  id: string;
  title: string;
  at: number;
}

const shape: TableShape<Item> = {
  key: ["id"],
  compare: (a, b) => b.at - a.at || a.id.localeCompare(b.id),
};

type Step =
  | { action: "insert"; row: Item }
  | { action: "update"; id: string; change: Partial<Omit<Item, "id">> }
  | { action: "delete"; id: string };

const id = fc.constantFrom("a", "b", "c", "d", "e");
const item = fc.record({ id, title: fc.string({ maxLength: 4 }), at: fc.integer({ min: 0, max: 5 }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  item.map((row): Step => ({ action: "insert", row })),
  fc
    .tuple(id, fc.record({ title: fc.string({ maxLength: 4 }), at: fc.integer({ min: 0, max: 5 }) }))
    .map(([key, change]): Step => ({ action: "update", id: key, change })),
  id.map((key): Step => ({ action: "delete", id: key })),
);

/** The server's table: what a fresh query answers, and the event that each step makes. */
class Table {
  readonly rows = new Map<string, Item>();

  run(next: Step): Parameters<typeof apply<Item>>[1] | null {
    if (next.action === "insert") {
      if (this.rows.has(next.row.id)) return null;
      this.rows.set(next.row.id, next.row);
      return { action: "insert", new: { ...next.row } };
    }
    const row = this.rows.get(next.id);
    if (!row) return null;
    if (next.action === "delete") {
      this.rows.delete(next.id);
      return { action: "delete", old: { id: next.id } };
    }
    const changed = { ...row, ...next.change };
    this.rows.set(next.id, changed);
    return { action: "update", new: { ...changed }, old: { id: next.id } };
  }

  fresh(): readonly Item[] {
    return sorted([...this.rows.values()], shape);
  }
}

describe("the law of live tables", () => {
  it("a snapshot with all events applied equals a fresh snapshot", () => {
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, after) => {
        const table = new Table();
        for (const one of before) table.run(one);
        let rows = table.fresh();
        for (const one of after) {
          const event = table.run(one);
          if (event) rows = apply(rows, event, shape);
          expect(rows).toEqual(table.fresh());
        }
      }),
    );
  });

  it("the last event of a row may come twice", () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const table = new Table();
        let rows: readonly Item[] = [];
        for (const one of steps) {
          const event = table.run(one);
          if (!event) continue;
          rows = apply(apply(rows, event, shape), event, shape);
        }
        expect(rows).toEqual(table.fresh());
      }),
    );
  });

  it("never changes the rows it was given", () => {
    const rows: readonly Item[] = Object.freeze([Object.freeze({ id: "a", title: "A", at: 1 })]);
    apply(rows, { action: "update", new: { id: "a", title: "B", at: 2 } }, shape);
    apply(rows, { action: "delete", old: { id: "a" } }, shape);
    expect(rows).toEqual([{ id: "a", title: "A", at: 1 }]);
  });

  it("an event about a row that is not there deletes nothing", () => {
    const rows = [{ id: "a", title: "A", at: 1 }];
    expect(apply(rows, { action: "delete", old: { id: "z" } }, shape)).toBe(rows);
    expect(apply(rows, { action: "close" }, shape)).toBe(rows);
  });
});

describe("keys", () => {
  it("tells apart what a separator could confuse", () => {
    const two: TableShape<{ a: string; b: string }> = { key: ["a", "b"] };
    expect(keyOf(two, { a: "x,y", b: "z" })).not.toBe(keyOf(two, { a: "x", b: "y,z" }));
  });
});

describe("writes on their way", () => {
  it("show on top, in order, and leave nothing behind", () => {
    const rows = [{ id: "a", title: "A", at: 1 }];
    const write = (title: string, number: number) => ({
      id: number,
      key: "a",
      change: (all: readonly Item[]) => all.map((row) => ({ ...row, title })),
    });
    expect(overlay(rows, [write("B", 1), write("C", 2)], shape)[0]?.title).toBe("C");
    expect(overlay(rows, [], shape)).toBe(rows);
  });
});
