// @vitest-environment node
import { describe, expect, it } from "vitest";
import { editorFor, kindsFor } from "./registry";

describe("editorFor", () => {
  it.each([
    ["main.py", "text"],
    ["Makefile", "text"],
    ["figures/plot.PNG", "image"],
    ["drawing.svg", "live"],
    ["backup.tar.gz", "archive"],
    ["module.so", "hex"],
    ["talk.mp4", "media"],
    ["paper.pdf", "pdf"],
    ["data/run.CSV", "table"],
    ["data/run.parquet", "parquet"],
    ["lectures/shell.term", "terminal"],
    ["notes.html", "live"],
    ["README.md", "live"],
    ["package.json", "live"],
    ["no extension", "text"],
    [".bashrc", "text"],
  ])("opens %s with %s", (path, id) => expect(editorFor(path).id).toBe(id));

  it("opens with what a person wants, where that can", () => {
    expect(editorFor("main.py", undefined, "hex", "pages").id).toBe("hex");
    expect(editorFor("main.py", "image").id).toBe("text");
  });

  it("offers a preview of what can also be drawn, and the bytes of everything", () => {
    expect(kindsFor("drawing.svg").map((kind) => kind.id)).toEqual(["live", "text", "pages", "preview", "hex"]);
    expect(kindsFor("a.zip").map((kind) => kind.id)).toEqual(["archive", "hex"]);
  });
});
