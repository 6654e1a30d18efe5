// @vitest-environment node
import { expect, test } from "vitest";
import { MAX_SCROLL_PIXELS, scrollExtent } from "./virtual-rows";

test("a list of any length scrolls from its first row to its last", () => {
  for (const count of [0, 1, 30, 100_000, 350_000_000]) {
    const { height, ratio, most } = scrollExtent({ count, rowHeight: 28, viewHeight: 700 });
    expect(height).toBeLessThanOrEqual(MAX_SCROLL_PIXELS);
    expect(most).toBe(Math.max(0, count * 28 - 700));
    expect(Math.max(0, height - 700) * ratio).toBeCloseTo(most, 3);
  }
});
