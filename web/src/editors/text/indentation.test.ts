// @vitest-environment node
import { Text } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { describeIndentation, detectIndentation } from "./indentation";

const detect = (text: string, name = "file.txt") =>
  describeIndentation(detectIndentation(Text.of(text.split("\n")), name));

describe("detectIndentation", () => {
  it.each([
    ["def f():\n    if x:\n        return\n    return 1\n", "main.py", "Spaces 4"],
    ["a {\n  b {\n    c\n  }\n}\n", "style.css", "Spaces 2"],
    ["all:\n\tcc main.c\n", "rules", "Tabs"],
    ["", "Makefile", "Tabs"],
    ["", "lib/main.go", "Tabs"],
    ["", "main.py", "Spaces 4"],
    ["", "page.tsx", "Spaces 2"],
    ["\tone\n\ttwo\n  three\n", "mixed", "Tabs"],
  ])("%j in %s", (text, name, expected) => expect(detect(text, name)).toBe(expected));
});
