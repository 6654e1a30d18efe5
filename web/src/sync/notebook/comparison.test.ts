// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aligned, longestRising } from "./alignment";
import { applyComparison, changedParts, compareNotebooks, isChanged, isMetaChanged } from "./comparison";
import type { PlainCell } from "./schema";
import { EMPTY_VERSION, type NotebookVersion, readVersion, sameValue, sharing } from "./version";
import { versionPair } from "./versions.test-support";

const code = (source: string, more: object = {}): PlainCell => ({
  cell_type: "code",
  source,
  metadata: {},
  outputs: [],
  execution_count: null,
  ...more,
});
const of = (...cells: PlainCell[]): NotebookVersion => ({
  cells,
  meta: { nbformat: 4, nbformat_minor: 5, metadata: {} },
});

describe("two notebooks compared by cell", () => {
  for (const withIds of [true, false]) {
    it(`the changes make the newer one of the older one, cells ${withIds ? "with" : "without"} ids`, () => {
      fc.assert(
        fc.property(versionPair(withIds), ([older, newer]) => {
          const comparison = compareNotebooks(older, newer);
          expect(applyComparison(older, comparison)).toEqual(newer);
          // Every cell of either is in one row.
          const olders = comparison.rows.flatMap(({ older }) => (older === null ? [] : [older]));
          expect([...olders].sort((a, b) => a - b)).toEqual(older.cells.map((_, index) => index));
          expect(comparison.rows.flatMap((row) => row.newer ?? [])).toEqual(newer.cells.map((_, index) => index));
        }),
      );
    });
  }

  it("any two, and of a notebook with itself nothing is changed", () => {
    fc.assert(
      fc.property(versionPair(true), versionPair(false), ([one], [, other]) => {
        expect(applyComparison(one, compareNotebooks(one, other))).toEqual(other);
        const same = compareNotebooks(one, structuredClone(one));
        expect(same.rows.some(isChanged)).toBe(false);
        expect(isMetaChanged(same.meta)).toBe(false);
      }),
    );
  });

  it("by their ids cells are the same however they changed and wherever they went", () => {
    const older = of(code("a", { id: "1" }), code("b", { id: "2" }), code("c", { id: "3" }), code("gone", { id: "4" }));
    const newer = of(
      code("c", { id: "3" }),
      code("a", { id: "1" }),
      code("quite another", { id: "2" }),
      code("new", { id: "5" }),
    );
    const rows = compareNotebooks(older, newer).rows.map((row) => ({
      older: row.older,
      newer: row.newer,
      moved: row.moved,
      parts: changedParts(row),
    }));
    expect(rows).toEqual([
      { older: 2, newer: 0, moved: true, parts: [] },
      { older: 3, newer: null, moved: false, parts: [] },
      { older: 0, newer: 1, moved: false, parts: [] },
      { older: 1, newer: 2, moved: false, parts: ["source"] },
      { older: null, newer: 3, moved: false, parts: [] },
    ]);
  });

  it("without ids those are the same that hold the same, are alike, or were moved", () => {
    const older = [code("import numpy as np"), code("x = np.arange(10)"), code("plot(x)"), code("the end")];
    const newer = [
      code("the end"),
      code("import numpy as np"),
      code("y = 1"),
      code("x = np.arange(12)"),
      code("plot(x)"),
    ];
    expect(aligned(older, newer)).toEqual([3, 0, null, 1, 2]);
  });

  it("an upgrade of the format, which gives cells ids, is no change of theirs", () => {
    const older = { ...of(code("a"), code("b")), meta: { nbformat: 4, nbformat_minor: 4, metadata: {} } };
    const comparison = compareNotebooks(older, of(code("a", { id: "1" }), code("b", { id: "2" })));
    expect(comparison.rows.some(isChanged)).toBe(false);
    expect(isMetaChanged(comparison.meta)).toBe(false);
  });

  it("tells what changed of a cell", () => {
    const before = code("a", { id: "1" });
    const parts = (now: PlainCell) => changedParts(compareNotebooks(of(before), of(now)).rows[0] as never);
    expect(parts(code("a", { id: "1", execution_count: 3 }))).toEqual(["outputs"]);
    expect(parts(code("a", { id: "1", outputs: [{ output_type: "stream", text: "1" }] }))).toEqual(["outputs"]);
    expect(parts(code("a", { id: "1", metadata: { tags: ["x"] } }))).toEqual(["metadata"]);
    expect(parts({ cell_type: "markdown", id: "1", source: "b", metadata: {} })).toEqual(["source", "type"]);
  });

  it("a thousand cells are compared at once, also when none is as it was", () => {
    const many = (mark: string, id: boolean) =>
      of(...Array.from({ length: 1000 }, (_, n) => code(`${mark} = ${n}\n`.repeat(20), id ? { id: `c${n}` } : {})));
    const started = performance.now();
    expect(compareNotebooks(many("a", true), many("b", true)).rows).toHaveLength(1000);
    compareNotebooks(many("a", false), many("b", false));
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe("a version", () => {
  it("is read from its text, whatever somebody has put there", () => {
    expect(readVersion("")).toBe(EMPTY_VERSION);
    expect(readVersion('{"cells": [{"cell_type": "?", "source": 1}, 7], "nbformat": 4}')).toEqual({
      cells: [{ cell_type: "raw", source: "", metadata: {} }],
      meta: { nbformat: 4 },
    });
    expect(() => readVersion("[]")).toThrow(TypeError);
  });

  it("shares with another one the cells that are equal, and is no other for that", () => {
    fc.assert(
      fc.property(versionPair(true), ([older, newer]) => {
        const copy = structuredClone(newer);
        const shared = sharing(copy, older);
        expect(shared).toEqual(newer);
        for (const cell of shared.cells) {
          const other = older.cells.find(({ id }) => id === cell.id);
          if (other && sameValue(other, cell)) expect(cell).toBe(other);
        }
      }),
    );
  });
});

it("a longest part that rises", () => {
  expect([...longestRising([3, 0, null, 1, 5, 2])].sort()).toEqual([1, 3, 5]);
  expect(longestRising([]).size).toBe(0);
});
