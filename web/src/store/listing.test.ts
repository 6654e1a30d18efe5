import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Entry } from "../protocol/generated";
import { applyEvent, EMPTY_DIRECTORY } from "./directories";
import { knownFolders, matchingFolders } from "./folders";
import { breadcrumb, filterEntries, prepare, sortEntries } from "./listing";
import { isMasked } from "./masked";

const directory = (...entries: Entry[]) => applyEvent(EMPTY_DIRECTORY, { type: "directory", path: "", entries });
const file = (name: string, size_bytes = 0, modified_at = 0): Entry => ({
  name,
  kind: "file",
  size_bytes,
  modified_at,
});
const folder = (name: string): Entry => ({ name, kind: "directory" });
const names = (entries: readonly { entry: Entry }[]) => entries.map((one) => one.entry.name);

describe("what is masked", () => {
  const masked = (name: string, ...beside: string[]) => isMasked({ name }, (one) => beside.includes(one));

  it("is hidden, or made by programs", () => {
    for (const name of [".git", "__pycache__", "node_modules", "a.pyc", "notes.txt~", "Main.class"])
      expect(masked(name), name).toBe(true);
    for (const name of ["a.py", "notes.txt", "pycache", "x.oo"]) expect(masked(name), name).toBe(false);
  });

  it("of TeX only beside its source: a log of somebody's own stays", () => {
    expect(masked("thesis.log", "thesis.tex")).toBe(true);
    expect(masked("thesis.synctex.gz", "thesis.tex")).toBe(true);
    expect(masked("server.log", "thesis.tex")).toBe(false);
  });
});

describe("sorting", () => {
  const prepared = prepare(
    "",
    directory(file("b", 5, 30), folder("z"), file("a", 7, 10), file("c", 5, 20), folder("y")),
  );

  it("has folders first, whatever by and which way around", () => {
    expect(names(sortEntries(prepared, { by: "name", descending: true }))).toEqual(["z", "y", "c", "b", "a"]);
    expect(names(sortEntries(prepared, { by: "size", descending: false }))).toEqual(["y", "z", "b", "c", "a"]);
    expect(names(sortEntries(prepared, { by: "modified", descending: true }))).toEqual(["y", "z", "b", "c", "a"]);
  });

  it("by people has those with most first", () => {
    const people = (path: string) => (path === "c" ? 2 : path === "z" ? 1 : 0);
    expect(names(sortEntries(prepared, { by: "people", descending: true }, people))).toEqual(["z", "y", "c", "a", "b"]);
  });

  it("loses and doubles nothing", () => {
    const by = fc.constantFrom("name" as const, "size" as const, "modified" as const, "people" as const);
    fc.assert(
      fc.property(by, fc.boolean(), (column, descending) => {
        expect(new Set(sortEntries(prepared, { by: column, descending }))).toEqual(new Set(prepared));
      }),
    );
  });
});

describe("the filter", () => {
  const prepared = prepare("", directory(...["homework", "week2.txt", "Week10.txt", "wiki"].map((name) => file(name))));

  it("has names with what was typed first, in their order, then those with its letters in order", () => {
    expect(names(filterEntries(prepared, "WEEK"))).toEqual(["week2.txt", "Week10.txt"]);
    expect(names(filterEntries(prepared, "wk"))).toEqual(["wiki", "week2.txt", "Week10.txt", "homework"]);
    expect(names(filterEntries(prepared, "wk ")).length).toBe(4);
    expect(filterEntries(prepared, "xyz")).toEqual([]);
    expect(filterEntries(prepared, " ")).toEqual(prepared);
  });

  it("finds every name by itself, by a part of it, and by every second letter", () => {
    const name = fc.string({ minLength: 1 }).filter((text) => text.trim() !== "");
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1 }), fc.nat(), (all, at) => {
        const entries = prepare("", directory(...all.map((one) => file(one))));
        const wanted = all[at % all.length] as string;
        const second = [...wanted].filter((_, index) => index % 2 === 0).join("");
        for (const typed of [wanted, wanted.slice(1), second])
          if (typed.trim() === typed) expect(names(filterEntries(entries, typed))).toContain(wanted);
      }),
    );
  });
});

describe("lists", () => {
  it("keep their lines, so that only those are drawn that come or go", () => {
    const lines = prepare("a/b", directory(file("x"), file("y")));
    expect(lines.map((line) => [line.path, line.text])).toEqual([
      ["a/b/x", "x"],
      ["a/b/y", "y"],
    ]);
    expect(filterEntries(lines, "y")[0]).toBe(lines[1]);
  });

  it("say where they are from the top", () => {
    expect(breadcrumb("a/b").map((part) => part.path)).toEqual(["", "a", "a/b"]);
    expect(breadcrumb("").map((part) => part.path)).toEqual([""]);
  });

  it("of folders are trees, found by what is typed", () => {
    const directories = new Map([
      ["", directory(folder("lectures"), folder("homework"), file("x"))],
      ["lectures", directory(folder("week1"))],
    ]);
    const folders = knownFolders(directories);
    expect(folders).toEqual(["", "homework", "lectures", "lectures/week1"]);
    expect(matchingFolders(folders, "week")).toEqual(["lectures/week1"]);
    expect(matchingFolders(folders, "/lectures/")).toEqual(["lectures", "lectures/week1"]);
    expect(matchingFolders(folders, "")).toEqual(folders);
  });
});
