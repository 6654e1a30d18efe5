// @vitest-environment node
import { expect, test } from "vitest";
import { columnName, columnsIn, isNumber, naturalWidths, offsets } from "./columns";
import { cellText } from "./parquet-file";

test("columns without names have those of spreadsheets", () => {
  expect([0, 25, 26, 27, 701, 702].map(columnName)).toEqual(["A", "Z", "AA", "AB", "ZZ", "AAA"]);
});

test("columns in view", () => {
  const starts = offsets([100, 50, 200]);
  expect(starts).toEqual([0, 100, 150, 350]);
  expect([columnsIn(starts, 0, 99), columnsIn(starts, 120, 160), columnsIn(starts, 340, 999)]).toEqual([
    [0, 0],
    [1, 2],
    [2, 2],
  ]);
  expect(columnsIn(offsets([]), 0, 10)).toEqual([0, -1]);
});

test("columns are as wide as what is in them, within reason", () => {
  const [narrow, wide] = naturalWidths(["a", "b"], 2, [["1", "x".repeat(1000)]]);
  expect([narrow, wide]).toEqual([64, 320]);
});

test("numbers are known", () => {
  expect(["1", "-1.5e3", "1,234.5", "12 %", ".5"].every(isNumber)).toBe(true);
  expect(["", "a1", "1a", "2024-01-01", "-"].some(isNumber)).toBe(false);
});

test("values of Parquet as text", () => {
  expect([null, 12n, new Date(0), new Date(1500), { a: 1n, b: ["x"] }, new Uint8Array(3), true].map(cellText)).toEqual([
    "",
    "12",
    "1970-01-01",
    "1970-01-01 00:00:01.500",
    '{"a":"1","b":["x"]}',
    "3 bytes",
    "true",
  ]);
});
