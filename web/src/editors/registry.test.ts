// @vitest-environment node
import { describe, expect, it } from "vitest";
import { editorFor, kinds } from "./registry";

describe("editorFor", () => {
  it.each([
    ["main.py", "text"],
    ["Makefile", "text"],
    ["figures/plot.PNG", "image"],
    ["drawing.svg", "text"],
    ["report.pdf", "download"],
    ["lectures/shell.term", "terminal"],
    ["notes.html", "text"],
    ["no extension", "text"],
  ])("opens %s with %s", (path, id) => expect(editorFor(path).id).toBe(id));

  it("offers a preview of what can also be drawn", () => {
    const offered = kinds.filter((kind) => kind.accepts("drawing.svg")).map((kind) => kind.id);
    expect(offered).toEqual(["text", "pages", "preview"]);
  });
});
