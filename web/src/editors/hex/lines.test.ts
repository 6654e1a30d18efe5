// @vitest-environment node
import { expect, test } from "vitest";
import { hexLine, offsetDigits, parseOffset } from "./lines";

test("a line has its bytes and what they may mean", () => {
  const bytes = new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0x20, 0x7e, 0x41]);
  expect(hexLine(bytes, 16)).toEqual({
    hex: `7f 45 4c 46 00 ff 20 7e  41${"   ".repeat(7)}`,
    text: "·ELF·· ~A",
  });
});

test("offsets are long enough for the last byte", () => {
  expect([0, 1, 2 ** 32, 2 ** 32 + 1, 5e12].map(offsetDigits)).toEqual([8, 8, 8, 9, 11]);
});

test("an offset is written in many ways", () => {
  expect(["4096", "0x1000", " 1000H ", "4_096", "", "0x", "-1", "12x", "9".repeat(20)].map(parseOffset)).toEqual([
    4096,
    4096,
    4096,
    4096,
    null,
    null,
    null,
    null,
    null,
  ]);
});
