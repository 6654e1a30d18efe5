// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { FilePage, ReadingGoesOn, TextFound, TextNotFound } from "../../protocol/generated";
import { PagedFile, startOfLine } from "./paged-file";

type Answer = FilePage | ReadingGoesOn | TextFound | TextNotFound | Error;

function pageOf(change: Partial<FilePage>): FilePage {
  return {
    type: "page",
    tag: "1",
    size_bytes: 1000,
    modified_at: 0,
    pages: 3,
    page: 1,
    at: 0,
    text: "a\nb\nc\n",
    first_line: 1,
    begins_in_line: false,
    replaced: false,
    ...change,
  };
}

/** A file whose server gives these answers, and what it was asked. */
function scripted(...answers: Answer[]) {
  const asked: string[] = [];
  const file = new PagedFile("p", "logs/a b.log", async <T>(path: string) => {
    asked.push(path);
    const answer = answers.shift();
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error(`nothing to answer ${path}`);
    return answer as T;
  });
  return { file, asked };
}

describe("PagedFile", () => {
  it("asks for a page", async () => {
    const { file, asked } = scripted(pageOf({ page: 2 }));
    await file.go(2);
    expect(asked).toEqual(["/projects/p/pages/logs/a%20b.log?page=2"]);
    expect(file.shown.get().page?.page).toBe(2);
  });

  it("asks again until lines are counted up to a line", async () => {
    const { file, asked } = scripted(
      { type: "goes_on", at: 500, size_bytes: 1000 },
      pageOf({ page: 2, first_line: 7, text: "seven\neight\n" }),
    );
    const seen: (string | null)[] = [];
    file.shown.subscribe(() => seen.push(file.shown.get().busy));
    await file.goToLine(8);
    expect(asked).toHaveLength(2);
    expect(seen).toContain("Counting lines… 50 %");
    expect(file.shown.get()).toMatchObject({ busy: null, target: { from: 6, to: 6 } });
  });

  it("shows a page at once and its line numbers when they are known", async () => {
    const { file } = scripted(pageOf({ page: 3, first_line: null }), pageOf({ page: 3, first_line: 900 }));
    const seen: (number | null | undefined)[] = [];
    file.shown.subscribe(() => seen.push(file.shown.get().page?.first_line));
    await file.go(3);
    expect(seen).toContain(null);
    expect(file.shown.get().page?.first_line).toBe(900);
  });

  it("goes on at the start when a text is not found to the end, and says so", async () => {
    const { file, asked } = scripted(
      pageOf({ page: 2, at: 400 }),
      { type: "not_found" },
      { type: "found", page: 1, start: 2, end: 3, at: 2, next: 3 },
      pageOf({ page: 1 }),
    );
    await file.go(2);
    await file.find("b", { backward: false, matchCase: true });
    expect(asked.slice(1, 3)).toEqual([
      "/projects/p/pages/logs/a%20b.log?find=b&at=400&case=1",
      "/projects/p/pages/logs/a%20b.log?find=b&case=1",
    ]);
    expect(file.shown.get()).toMatchObject({ target: { from: 2, to: 3 }, note: "Went on from the start of the file." });
  });

  it("says what is not there, and finds the next place after the last one", async () => {
    const { file, asked } = scripted(
      { type: "not_found" },
      { type: "found", page: 1, start: 0, end: 1, at: 10, next: 11 },
      pageOf({}),
      { type: "found", page: 1, start: 2, end: 3, at: 30, next: 31 },
      pageOf({}),
    );
    await file.find("z", { backward: false, matchCase: false });
    expect(file.shown.get().note).toBe("“z” is not in this file.");
    await file.find("a", { backward: false, matchCase: false });
    await file.find("a", { backward: false, matchCase: false });
    expect(asked[3]).toContain("at=11");
  });

  it("drops the answer to what was asked before", async () => {
    let late: (page: FilePage) => void = () => undefined;
    const file = new PagedFile("p", "a", <T>(path: string) =>
      path.endsWith("=1")
        ? new Promise<T>((resolve) => {
            late = resolve as (page: FilePage) => void;
          })
        : Promise.resolve(pageOf({ page: 2 }) as T),
    );
    const first = file.go(1);
    await file.go(2);
    late(pageOf({ page: 1 }));
    await first;
    expect(file.shown.get().page?.page).toBe(2);
  });

  it("tells of a change, not of growth, and keeps what is shown when the file is gone", async () => {
    const { file } = scripted(
      pageOf({}),
      pageOf({ tag: "2", text: "a\nb\nc\nd\n" }),
      pageOf({ tag: "3", text: "x\n" }),
      new Error("There is no file."),
    );
    await file.go(1);
    await file.refresh();
    expect(file.shown.get().note).toBeNull();
    await file.refresh();
    expect(file.shown.get()).toMatchObject({ note: "The file has changed and is shown as it is now." });
    await file.refresh();
    expect(file.shown.get().page?.text).toBe("x\n");
    expect(file.shown.get().problem?.message).toBe("There is no file.");
  });

  it("follows the end until one goes elsewhere", async () => {
    const { file, asked } = scripted(
      pageOf({}),
      pageOf({ page: 3 }),
      pageOf({ page: 4, pages: 4 }),
      pageOf({ page: 1 }),
    );
    await file.go(1);
    await file.follow(true);
    await file.refresh();
    expect(asked.slice(1)).toEqual(Array(2).fill("/projects/p/pages/logs/a%20b.log?page=999999999"));
    expect(file.shown.get().target).toEqual({ from: 6, to: 6 });
    await file.go(1);
    expect(file.following.get()).toBe(false);
  });
});

describe("startOfLine", () => {
  it("is that of the last line beyond the end", () => {
    expect(["a\nbc\n", "a\nbc\n", "a\nbc\n"].map((text, line) => startOfLine(text, line))).toEqual([0, 2, 5]);
    expect(startOfLine("a\nb", 9)).toBe(2);
  });
});
