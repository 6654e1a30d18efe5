// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deletedUrl,
  filesUrl,
  fileUrl,
  folderUrl,
  type HistoryPlace,
  historyUrl,
  NEWEST,
  parseRoute,
  projectUrl,
} from "./routes";

/** The place that a URL of ours means. */
function placeOf(url: string) {
  const { pathname, search } = new URL(url, "http://studium.test");
  return parseRoute(pathname, search);
}

const version = fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: null });
const place: fc.Arbitrary<HistoryPlace> = fc.record({
  version,
  compare: fc.oneof(version, fc.constant("now" as const), fc.constant(0)),
  history: fc.option(fc.uuid(), { nil: null }),
});
const path = fc
  .array(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map((part) => part.replaceAll("/", "|")))
  // A browser takes these out of a URL however they are written.
  .filter((parts) => !parts.some((part) => part === "." || part === ".."))
  .map((parts) => parts.join("/"));

describe("places", () => {
  it("of links in messages have no part but their name", () => {
    for (const page of ["forgotten-password", "reset-password", "confirm-email"]) {
      expect(placeOf(`/${page}`)).toEqual({ page });
      expect(placeOf(`/${page}/more`)).toEqual({ page: "not-found" });
    }
  });

  it("of lists of files are URLs, and back", () => {
    for (const view of ["trash", "recent", "starred"] as const)
      expect(placeOf(filesUrl("p", { view }))).toEqual({ page: "project", projectId: "p", files: { view } });
    expect(placeOf(folderUrl("p", ""))).toMatchObject({ files: { view: "folder", folder: "" } });
    expect(placeOf("/projects/p?list=other")).toEqual({ page: "project", projectId: "p" });
    fc.assert(
      fc.property(path, (folder) => {
        expect(placeOf(folderUrl("p", folder))).toMatchObject({ files: { view: "folder", folder } });
      }),
    );
  });

  it("of a version are URLs, and back", () => {
    fc.assert(
      fc.property(path, place, (path, history) => {
        expect(placeOf(historyUrl("p", path, history))).toEqual({ page: "project", projectId: "p", path, history });
        const deleted = { page: "project", projectId: "p", deleted: true, path, history };
        expect(placeOf(historyUrl("p", path, history, true))).toEqual(deleted);
      }),
    );
  });

  it("are short, and shown as people expect them", () => {
    expect(historyUrl("p", "a b.md", { version: 12, compare: 3, history: null })).toBe(
      "/projects/p/edit/a%20b.md?version=12&compare=3",
    );
    expect(historyUrl("p", "a.md", NEWEST)).toBe("/projects/p/edit/a.md?version=latest");
  });

  it("of the administration are sections", () => {
    expect(placeOf("/administration")).toEqual({ page: "administration", section: "" });
    expect(placeOf("/administration/accounts")).toEqual({ page: "administration", section: "accounts" });
    expect(placeOf("/administration/accounts/x")).toEqual({ page: "not-found" });
  });

  it("of a project without a version show no history", () => {
    expect(placeOf(projectUrl("p"))).toEqual({ page: "project", projectId: "p" });
    expect(placeOf(deletedUrl("p"))).toEqual({ page: "project", projectId: "p", deleted: true });
    expect(placeOf(fileUrl("p", "a.md", 7))).toEqual({ page: "project", projectId: "p", path: "a.md", line: 7 });
    expect(placeOf("/projects/p/edit/a.md?line=-1")).toEqual({ page: "project", projectId: "p", path: "a.md" });
  });

  it("that nobody could mean show the newest version", () => {
    for (const query of ["version=0", "version=abc", "version=1e999", "version=", "version=-2&compare=x"]) {
      expect(placeOf(`/projects/p/edit/a.md?${query}`)).toMatchObject({ history: NEWEST });
    }
  });
});
