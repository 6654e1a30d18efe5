// @vitest-environment node
import { ensureSyntaxTree } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { languageOf } from "./languages";

describe("languageOf", () => {
  it.each([
    ["src/main.py", "Python"],
    ["README.md", "Markdown"],
    ["paper.tex", "LaTeX"],
    ["a.ts", "TypeScript"],
    ["a.tsx", "TSX"],
    ["a.js", "JavaScript"],
    ["a.json", "JSON"],
    ["a.yml", "YAML"],
    ["a.html", "HTML"],
    ["a.css", "CSS"],
    ["a.c", "C"],
    ["a.cpp", "C++"],
    ["a.R", "R"],
    ["a.jl", "Julia"],
    ["run.sh", "Shell"],
    ["code/Makefile", "Makefile"],
    ["week1.ipynb", "Notebook (JSON)"],
    ["todo.tasks", "JSON lines"],
  ])("%s is %s", (path, name) => expect(languageOf(path)?.name).toBe(name));

  it("leaves unknown names plain", () => expect(languageOf("notes.txt")).toBeUndefined());

  it("reads a makefile", async () => {
    const support = await languageOf("Makefile")?.load();
    const state = EditorState.create({ doc: "CC = gcc\nall: main.o # one\n\t$(CC) $<\n", extensions: support ?? [] });
    const names = new Set<string>();
    ensureSyntaxTree(state, state.doc.length)?.iterate({ enter: (node) => void names.add(node.name) });
    expect([...names].join(" ")).toMatch(/labelName/);
    expect([...names].join(" ")).toMatch(/comment/);
  });
});
