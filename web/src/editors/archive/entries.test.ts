// @vitest-environment node
import { expect, test } from "vitest";
import type { ArchiveEntry } from "../../protocol/generated";
import { matching, summary } from "./entries";

const entry = (path: string, rest: Partial<ArchiveEntry> = {}): ArchiveEntry => ({ path, ...rest });

test("entries are in the order of their names, and filtered by them", () => {
  const entries = [entry("b/10.csv"), entry("b/9.csv"), entry("A.txt")];
  expect(matching(entries, "").map((one) => one.path)).toEqual(["A.txt", "b/9.csv", "b/10.csv"]);
  expect(matching(entries, " CSV").map((one) => one.path)).toEqual(["b/9.csv", "b/10.csv"]);
});

test("an archive in a few words", () => {
  const words = (bytes: number) => `${bytes} B`;
  const entries = [entry("a/", { kind: "directory" }), entry("a/x", { size_bytes: 5 }), entry("y", { size_bytes: 2 })];
  expect(summary({ format: "zip", entries }, words)).toBe("zip · 2 files · 7 B unpacked");
  expect(summary({ format: "gz", entries: [entry("x")], partial: "…" }, words)).toBe("gz · more than 1 file");
});
