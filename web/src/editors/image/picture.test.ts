// @vitest-environment node
import { expect, test } from "vitest";
import { imageType } from "./picture";

test("the type of an image is in its bytes", () => {
  const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  expect(imageType(bytes("\x89PNG\r\n\x1a\n…"))).toBe("image/png");
  expect(imageType(bytes("RIFF1234WEBPVP8 "))).toBe("image/webp");
  expect(imageType(bytes("\0\0\0\x1cftypavif"))).toBe("image/avif");
  for (const other of [
    "",
    "\x89PN",
    "<svg xmlns='http://www.w3.org/2000/svg'>",
    "<html>",
    "RIFF1234WAVE",
    "%PDF-1.7",
  ]) {
    expect(imageType(bytes(other)), other).toBeNull();
  }
});
