import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Entry } from "../protocol/generated";
import {
  applyEvent,
  compareEntries,
  EMPTY_DIRECTORY,
  freeName,
  inOrder,
  isWithin,
  join,
  movedPath,
  nameProblem,
  parent,
} from "./directories";
import { fileRows, findByTyping, moveByKey } from "./file-rows";
import { reordered } from "./groups";
import { parseSettings } from "./settings";
import { peopleHere } from "./workspace";

const file = (name: string): Entry => ({ name, kind: "file" });
const folder = (name: string): Entry => ({ name, kind: "directory" });
const directory = (path: string, ...entries: Entry[]) =>
  applyEvent(EMPTY_DIRECTORY, { type: "directory", path, entries });

describe("directories", () => {
  const entry = fc.record({
    name: fc.constantFrom("a", "B", "week2", "week10", "ä", "Z.txt", "z.txt", ".git"),
    kind: fc.constantFrom<Entry["kind"]>("file", "directory"),
    size_bytes: fc.integer({ min: 0, max: 3 }),
  });
  const change = fc.record({ entries: fc.array(entry), removed: fc.array(entry.map((one) => one.name)) });

  it("with all changes equal a fresh listing, in its order", () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const truth = new Map<string, Entry>();
        let state = directory("");
        for (const { entries, removed } of changes) {
          const unique = [...new Map(entries.map((one) => [one.name, one])).values()];
          for (const name of removed) truth.delete(name);
          for (const one of unique) truth.set(one.name, one);
          state = applyEvent(state, { type: "directory_changed", path: "", entries: unique, removed });
        }
        expect(state.sorted).toEqual(directory("", ...truth.values()).sorted);
        expect(new Map(state.entries)).toEqual(truth);
      }),
    );
  });

  it("are sorted as people count, folders first", () => {
    const names = ["week10.txt", "week2.txt", "Alpha", "beta", "week02.txt"].map(file);
    expect([...names, folder("zoo")].sort(compareEntries).map((one) => one.name)).toEqual([
      "zoo",
      "Alpha",
      "beta",
      "week02.txt",
      "week2.txt",
      "week10.txt",
    ]);
  });

  it("are sorted all at once as they compare one by one", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "B", "0", "1", "10", ".", "_", " ", "~"), maxLength: 5 });
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 20 }), (names) => {
        const entries = [...names.map(file), folder("a1")];
        expect(inOrder(entries)).toEqual(entries.toSorted(compareEntries));
      }),
    );
  });

  it("numbers come by their value, whatever is around them", () => {
    const number = fc.nat({ max: 10 ** 9 });
    fc.assert(
      fc.property(number, number, fc.constantFrom("", "a", "-", "~x"), (one, other, rest) => {
        expect(Math.sign(compareEntries(file(`w${one}${rest}`), file(`w${other}${rest}`)))).toBe(
          Math.sign(one - other),
        );
      }),
    );
  });

  it("the order is a total order", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "B", "0", "1", "10", "é", ".", "_"), maxLength: 5 }).map(file);
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareEntries(a, b)) + Math.sign(compareEntries(b, a))).toBe(0);
        if (![a, b, c].some((one) => /é/.test(one.name)) && compareEntries(a, b) <= 0 && compareEntries(b, c) <= 0) {
          expect(compareEntries(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it("paths and names", () => {
    expect(join("", "a")).toBe("a");
    expect(parent("a/b/c")).toBe("a/b");
    expect(parent("a")).toBe("");
    expect(isWithin("ab/c", "a")).toBe(false);
    expect(movedPath("a/b/c", "a/b", "x")).toBe("x/c");
    expect(movedPath("ab", "a", "x")).toBeNull();
    expect(freeName("report.pdf", new Set(["report (2).pdf"]))).toBe("report (3).pdf");
    expect(freeName(".profile", new Set())).toBe(".profile (2)");
    const taken = new Map([["a", file("a")]]);
    expect(nameProblem("a", taken)).toContain("already");
    expect(nameProblem("a", taken, "a")).toBeNull();
    for (const name of ["", "..", "a\u0000", "a\nb", "x".repeat(300), "a/../b"]) {
      expect(nameProblem(name, taken), JSON.stringify(name)).not.toBeNull();
    }
  });
});

describe("the file list", () => {
  const directories = new Map([
    ["", directory("", folder("lectures"), file("main.py"), file(".hidden"))],
    ["lectures", directory("lectures", file("week1.py"))],
  ]);
  const rows = fileRows(directories, new Set(["lectures"]), false);

  it("has the rows of open folders, with their level and place", () => {
    expect(rows.map((row) => [row.path, row.level, row.position, row.siblings])).toEqual([
      ["lectures", 1, 1, 2],
      ["lectures/week1.py", 2, 1, 1],
      ["main.py", 1, 2, 2],
    ]);
    expect(fileRows(directories, new Set(), true).map((row) => row.text)).toEqual(["lectures", ".hidden", "main.py"]);
  });

  it("says of an open folder that it is empty or being read", () => {
    const more = new Map([...directories, ["lectures", directory("lectures")] as const]);
    expect(fileRows(more, new Set(["lectures"]), false)[1]).toMatchObject({ text: "Empty", level: 2 });
    more.delete("lectures");
    expect(fileRows(more, new Set(["lectures"]), false)[1]).toMatchObject({ text: "Reading…" });
  });

  it("moves by keys as tree grids do", () => {
    expect(moveByKey(rows, 0, "ArrowRight", 10)).toEqual({ to: 1 });
    expect(moveByKey(rows, 1, "ArrowLeft", 10)).toEqual({ to: 0 });
    expect(moveByKey(rows, 0, "ArrowLeft", 10)).toEqual({ toggle: "lectures" });
    expect(moveByKey(rows, 2, "ArrowDown", 10)).toEqual({ to: 2 });
    expect(moveByKey(rows, 0, "End", 10)).toEqual({ to: 2 });
    expect(findByTyping(rows, 0, "m")).toBe(2);
    expect(findByTyping(rows, 0, "x")).toBe(-1);
  });
});

describe("what is remembered", () => {
  it("settings out of anything are settings", () => {
    fc.assert(
      fc.property(fc.anything(), (stored) => {
        expect(parseSettings(parseSettings(stored))).toEqual(parseSettings(stored));
      }),
    );
    expect(parseSettings({ theme: "dark", keys: "nano", fontSize: 9000 })).toMatchObject({
      theme: "dark",
      keys: "default",
      fontSize: 13,
    });
  });

  it("tabs keep each other's order when one is moved", () => {
    expect(reordered(["a", "b", "c"], "c", "a")).toEqual(["c", "a", "b"]);
    expect(reordered(["a", "b", "c"], "a", null)).toEqual(["b", "c", "a"]);
    expect(reordered(["a", "b"], "a", "a")).toEqual(["a", "b"]);
  });

  it("people are listed once, and never oneself", () => {
    const save = { kind: "disk", waiting: 0, since: 0, online: true } as const;
    const person = (accountId: string, self = false) => ({
      clientId: 1,
      accountId,
      name: accountId,
      colour: 0,
      avatar: null,
      self,
    });
    const statuses = new Map([
      ["a", { save, people: [person("bob"), person("me", true)] }],
      ["b", { save, people: [person("bob"), person("me"), person("eve")] }],
    ]);
    expect(peopleHere(statuses, "me").map((one) => [one.name, one.path])).toEqual([
      ["bob", "a"],
      ["eve", "b"],
    ]);
  });
});
