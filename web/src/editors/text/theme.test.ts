// @vitest-environment node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const read = (name: string) => readFileSync(join(import.meta.dirname, name), "utf8");
const css = read("../../ui/tokens.css") + read("text.css");

/** The variables that hold in a theme: those of light, overridden by the theme's own. */
function variables(theme: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, selector = "", body = ""] of css.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const applies = selector
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .split(",")
      .some((part) => part.trim() === ":root" || part.trim() === `:root[data-theme="${theme}"]`);
    if (!applies) continue;
    for (const [, name = "", value = ""] of body.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)) found.set(name, value);
  }
  return found;
}

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

const INKS = ["comment", "keyword", "string", "number", "function", "type", "tag", "property"];
const PAPERS = ["--page", "--code-selection", "--code-search", "--code-match", "--code-added"];

describe.each(["light", "dark", "high-contrast"])("the colours of code in %s", (theme) => {
  const values = variables(theme);
  it.each(INKS.map((ink) => `--code-${ink}`))("%s can be read on everything it stands on", (ink) => {
    for (const paper of PAPERS) {
      const ratio = contrast(values.get(ink) ?? "", values.get(paper) ?? "");
      expect(ratio, `${ink} on ${paper}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("removed text can be read", () => {
    expect(contrast(values.get("--code-removed-text") ?? "", values.get("--code-removed") ?? "")).toBeGreaterThan(4.5);
  });
});
