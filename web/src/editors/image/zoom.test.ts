// @vitest-environment node
import { expect, test } from "vitest";
import { MAX_ZOOM, MIN_ZOOM, percent, scaleOf, scrollFor, stepFrom, wheeled } from "./zoom";

test("a picture fits its room and is never made larger by that", () => {
  expect(scaleOf("fit", { width: 2000, height: 1000 }, { width: 500, height: 500 })).toBe(0.25);
  expect(scaleOf("fit", { width: 20, height: 10 }, { width: 500, height: 500 })).toBe(1);
  expect(scaleOf(3, { width: 20, height: 10 }, { width: 5, height: 5 })).toBe(3);
});

test("steps go through those that people know, and end", () => {
  expect([stepFrom(1, 1), stepFrom(1, -1), stepFrom(0.9, 1), stepFrom(0.7, -1)]).toEqual([1.25, 0.8, 1, 0.67]);
  expect([stepFrom(MAX_ZOOM, 1), stepFrom(MIN_ZOOM, -1)]).toEqual([MAX_ZOOM, MIN_ZOOM]);
  expect(wheeled(1, 1e9)).toBe(MIN_ZOOM);
  expect([percent(0.025), percent(1.5)]).toEqual(["2.5 %", "150 %"]);
});

test("what is below the pointer stays there", () => {
  const scroll = scrollFor(100, 50, 1, 2);
  expect((scroll + 50) / 2).toBe(150);
});
