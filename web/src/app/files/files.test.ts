import { describe, expect, it } from "vitest";
import { ApiError } from "../../net/api";
import type { Job } from "../../protocol/generated";
import { recentFiles } from "../../store/activity";
import { CommandHistory, MAX_COMMANDS } from "./command-history";
import { urlProblem } from "./FetchUrlDialog";
import { takenNames } from "./file-manager";
import { jobProgress, jobSentence } from "./job-words";
import { isArchive } from "./kinds";
import { completed, TEMPLATES } from "./templates";
import { whereProblem } from "./WhereToDialog";

const job = (more: Partial<Job>): Job => ({
  job_id: "1",
  kind: "copy",
  what: "12 items",
  to: "lectures",
  account_id: "a",
  started_at: 0,
  ...more,
});

describe("jobs are told", () => {
  it("while they run, by bytes or by files, as far as is known", () => {
    const running = job({ done_bytes: 34e6, total_bytes: 1.2e9 });
    expect(jobSentence(running)).toBe("Copying 12 items to “lectures”: 34 MB of 1.2 GB");
    expect(jobProgress(running)).toEqual({ value: 34e6, max: 1.2e9 });
    expect(jobSentence(job({ kind: "move", done_files: 3, total_files: 12 }))).toBe(
      "Moving 12 items to “lectures”: 3 of 12 files",
    );
    expect(jobProgress(job({})).max).toBeNull();
  });

  it("when they have ended, with why", () => {
    expect(jobSentence(job({ state: "done", skipped_files: 2 }))).toBe(
      "Copied 12 items to “lectures”, 2 files skipped",
    );
    const error = { code: "too_large" as const, message: "The disk is full." };
    expect(jobSentence(job({ state: "failed", error }))).toBe(
      "Could not copy 12 items to “lectures”. The disk is full.",
    );
    expect(jobSentence(job({ state: "cancelled", done_files: 3 }))).toBe(
      "Cancelled copying 12 items to “lectures”. 3 files had been done before",
    );
    expect(jobSentence(job({ kind: "compress", to: "a/week.zip", state: "done" }))).toBe(
      "Compressed 12 items to “week.zip”",
    );
  });
});

describe("taken names", () => {
  it("are those of the refusal, and of no other error", () => {
    expect(takenNames(new ApiError({ code: "conflict", message: "", data: { taken: ["a", "b"] } }))).toEqual([
      "a",
      "b",
    ]);
    expect(takenNames(new ApiError({ code: "not_found", message: "", data: { taken: ["a"] } }))).toBeNull();
    expect(takenNames(new Error("x"))).toBeNull();
  });
});

describe("where something goes", () => {
  it("is not itself, and for a move not where it is", () => {
    expect(whereProblem("copy", ["a"], "a/b")).toContain("itself");
    expect(whereProblem("move", ["a/x", "a/y"], "a")).toContain("already");
    expect(whereProblem("move", ["a/x", "y"], "a")).toBeNull();
    expect(whereProblem("copy", ["a/x"], "a")).toBeNull();
  });
});

describe("new files", () => {
  it("get the ending of their kind when they have none", () => {
    expect(completed("thesis", ".tex")).toBe("thesis.tex");
    expect(completed("thesis.bib", ".tex")).toBe("thesis.bib");
    expect(completed("v1.2/notes", ".md")).toBe("v1.2/notes.md");
    expect(completed(".env", ".txt")).toBe(".env.txt");
    expect(completed("week.1", ".ipynb")).toBe("week.1.ipynb");
    expect(completed(" ", ".tex")).toBe(" ");
    expect(completed("any", undefined)).toBe("any");
  });

  it("begin with something that ends with a line break", () => {
    for (const { text, id } of TEMPLATES) expect(text === "" || text.endsWith("\n"), id).toBe(true);
  });
});

describe("addresses", () => {
  it("are whole, and of the web", () => {
    expect(urlProblem("https://example.org/data.csv")).toBeNull();
    expect(urlProblem("")).toContain("Type");
    expect(urlProblem("example.org/x")).toContain("https://");
    expect(urlProblem("file:///etc/passwd")).toContain("http");
  });
});

describe("archives", () => {
  it("are known by their names", () => {
    for (const name of ["a.zip", "b.tar.gz", "c.TGZ", "d.xz"]) expect(isArchive(name), name).toBe(true);
    for (const name of ["a.py", "zip", "b.tar.txt"]) expect(isArchive(name), name).toBe(false);
  });
});

describe("the command line", () => {
  it("goes back and forth through what was run, and keeps what is being typed", () => {
    const history = new CommandHistory("test-project");
    for (const command of ["ls", "make", "ls"]) history.add(command);
    expect(history.earlier("git")).toBe("ls");
    expect(history.earlier("ls")).toBe("make");
    expect(history.earlier("make")).toBe("make");
    expect(history.later()).toBe("ls");
    expect(history.later()).toBe("git");
    for (let number = 0; number < 2 * MAX_COMMANDS; number++) history.add(`echo ${number}`);
    const again = new CommandHistory("test-project");
    expect(again.earlier("")).toBe(`echo ${2 * MAX_COMMANDS - 1}`);
  });
});

describe("recent files", () => {
  it("are mine, the latest first, by reading and by editing", () => {
    const row = (path: string, users: Record<string, object>) => ({
      project_id: "p",
      path,
      users,
      last_edited: null,
    });
    const rows = [
      row("old", { me: { read: "2026-01-01T00:00:00Z" } }),
      row("edited", { me: { read: "2025-01-01T00:00:00Z", edit: "2026-03-01T00:00:00Z" } }),
      row("theirs", { you: { edit: "2026-04-01T00:00:00Z" } }),
      row("read", { me: { read: "2026-02-01T00:00:00Z" } }),
    ];
    expect(recentFiles(rows, "me")).toEqual(["edited", "read", "old"]);
    expect(recentFiles(rows, "me", 1)).toEqual(["edited"]);
  });
});
