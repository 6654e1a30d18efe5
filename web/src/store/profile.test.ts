import { expect, test } from "vitest";
import { middleSquare, pictureUrl } from "./profile";

test("the middle of a picture", () => {
  expect(middleSquare(400, 300)).toEqual({ x: 50, y: 0, side: 300 });
  expect(middleSquare(299, 400)).toEqual({ x: 0, y: 50, side: 299 });
  expect(middleSquare(1, 1)).toEqual({ x: 0, y: 0, side: 1 });
});

test("a picture has an address by its hash, and nothing else has one", () => {
  expect(pictureUrl("a-1", "0f3c")).toBe("/api/avatars/a-1/0f3c");
  for (const none of [null, undefined, "", "../x", "https://example.org/x.png"])
    expect(pictureUrl("a-1", none)).toBeUndefined();
});
