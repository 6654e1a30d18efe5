// @vitest-environment node
import { describe, expect, it } from "vitest";
import { coloursOf, SCHEMES } from "./colours";

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const NAMES = ["red", "green", "yellow", "blue", "magenta", "cyan"] as const;
const BRIGHT = [
  "brightBlack",
  "brightRed",
  "brightGreen",
  "brightYellow",
  "brightBlue",
  "brightMagenta",
  "brightCyan",
] as const;

describe.each(["light", "dark", "high-contrast"] as const)("the colours of terminals in %s", (theme) => {
  const colours = coloursOf("theme", theme);
  const page = colours.background ?? "";
  it.each(["foreground", "cursor", ...NAMES, ...BRIGHT] as const)("%s is readable", (name) =>
    expect(contrast(colours[name] ?? "", page)).toBeGreaterThanOrEqual(theme === "high-contrast" ? 7 : 4.5),
  );
  it("text stays readable where it is selected", () =>
    expect(contrast(colours.foreground ?? "", colours.selectionBackground ?? "")).toBeGreaterThanOrEqual(4.5));
});

it("a chosen scheme stays, whatever the theme is", () =>
  expect(coloursOf("solarized-light", "dark")).toBe(SCHEMES["solarized-light"]));
