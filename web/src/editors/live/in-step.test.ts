// @vitest-environment node
import { expect, test } from "vitest";
import { lineOfTop, ordered, topOfLine } from "./in-step";

const MARKS = ordered([
  { line: 1, top: 0 },
  { line: 10, top: 100 },
  { line: 5, top: 90 },
  { line: 12, top: 40 },
]);
const END = { line: 21, top: 300 };

test("lines and pixels are each other's", () => {
  expect(MARKS.map((mark) => mark.line)).toEqual([1, 5, 10]);
  expect([1, 3, 5, 10, 15.5, 21, 99].map((line) => topOfLine(MARKS, line, END))).toEqual([
    0, 45, 90, 100, 200, 300, 300,
  ]);
  expect([0, 45, 95, 200, 999].map((top) => lineOfTop(MARKS, top, END))).toEqual([1, 3, 7.5, 15.5, 21]);
});
