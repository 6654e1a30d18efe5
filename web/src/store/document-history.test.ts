import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../net/api";
import type { BlameRun, Burst, HistoryPage, VersionText } from "../protocol/generated";
import { burstOf, DocumentHistory, type GetJson, joined, runOf, runStarts } from "./document-history";

const burst = (first: number, last: number): Burst => ({
  first,
  last,
  started_at: first,
  ended_at: last,
  account_ids: [null],
});

const page = (bursts: Burst[], history_id = "h1"): HistoryPage => ({
  history_id,
  version: bursts[0]?.last ?? 0,
  bursts,
  before: null,
  histories: [],
});

/** A server whose answers the test lets go one by one. */
function scripted(answers: (path: string) => unknown) {
  const asked: { path: string; answer(): void }[] = [];
  const get = ((path: string): Promise<unknown> =>
    new Promise<unknown>((resolve, reject) => {
      const answer = () => {
        const value = answers(path);
        if (value instanceof Error) reject(value);
        else resolve(value);
      };
      asked.push({ path, answer });
    })) as GetJson;
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) {
      for (const each of asked.splice(0)) each.answer();
      await Promise.resolve();
    }
  };
  return { get, asked, settle };
}

const versionText = (path: string): VersionText => {
  const version = Number(new URLSearchParams(path.split("?")[1]).get("version"));
  return { history_id: "h1", version, at: version, account_id: null, text: `text ${version}` };
};

describe("the list of bursts", () => {
  it("holds every version once after any pages", () => {
    const borders = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 });
    const cut = (marks: number[], from: number, to: number) => {
      const inside = [from - 1, ...marks.filter((mark) => mark >= from && mark < to).sort((a, b) => a - b), to];
      return inside
        .slice(1)
        .map((last, index) => burst((inside[index] ?? 0) + 1, last))
        .reverse();
    };
    fc.assert(
      fc.property(borders, borders, fc.integer({ min: 1, max: 200 }), (older, newer, from) => {
        const list = joined(cut(newer, from, 200), cut(older, 1, 180 < from ? from + 5 : 180));
        const covered = list.toReversed().flatMap(({ first, last }) => {
          return Array.from({ length: last - first + 1 }, (_, index) => first + index);
        });
        const start = covered[0] ?? 0;
        expect(covered).toEqual(Array.from({ length: covered.length }, (_, index) => start + index));
        expect(covered.at(-1)).toBe(200);
        for (const version of covered) expect(burstOf(list, version)?.first).toBeLessThanOrEqual(version);
      }),
    );
  });

  it("says why there is none", async () => {
    const server = scripted(() => new ApiError({ code: "not_found", message: "There is no history of a.md yet." }));
    const history = new DocumentHistory("p", "a.md", null, server.get);
    void history.refresh();
    await server.settle();
    expect(history.list.get()).toMatchObject({ problem: "There is no history of a.md yet.", loading: false });
  });
});

describe("showing a version", () => {
  it("compares it with the text before its burst", async () => {
    const server = scripted((path) =>
      path.includes("version=") ? versionText(path) : page([burst(4, 9), burst(1, 3)]),
    );
    const history = new DocumentHistory("p", "a b/ä.md", null, server.get);
    void history.refresh();
    expect(server.asked[0]?.path).toBe("/projects/p/history/a%20b/%C3%A4.md");
    await server.settle();
    void history.show(6);
    await server.settle();
    expect(history.shown.get()).toMatchObject({ version: 6, text: "text 6", base: { version: 3, text: "text 3" } });
  });

  it("compares it with any other, an older or a newer one", async () => {
    const server = scripted((path) => (path.includes("version=") ? versionText(path) : page([burst(1, 9)])));
    const history = new DocumentHistory("p", "a.md", null, server.get);
    void history.refresh();
    await server.settle();
    void history.show(4, 8);
    expect(server.asked.map(({ path }) => path.split("version=")[1])).toEqual(["4", "8"]);
    await server.settle();
    expect(history.shown.get()).toMatchObject({ version: 4, text: "text 4", base: { version: 8, text: "text 8" } });
    void history.show(8, 0);
    await server.settle();
    expect(history.shown.get()).toMatchObject({ version: 8, text: "text 8", base: { version: 0, text: "text 0" } });
  });

  it("goes on after one that could not be had", async () => {
    const server = scripted((path) => {
      if (!path.includes("version=")) return page([burst(1, 9)]);
      return path.includes("version=5")
        ? new ApiError({ code: "unavailable", message: "Not now." })
        : versionText(path);
    });
    const history = new DocumentHistory("p", "a.md", null, server.get);
    void history.refresh();
    await server.settle();
    void history.show(5);
    void history.show(6);
    await server.settle();
    expect(history.shown.get()?.version).toBe(6);
    expect(history.list.get().problem).toBeNull();
    void history.show(5);
    await server.settle();
    expect(history.list.get().problem).toBe("Not now.");
  });

  it("skips what was passed while an answer was on its way", async () => {
    const server = scripted((path) => (path.includes("version=") ? versionText(path) : page([burst(1, 100)])));
    const history = new DocumentHistory("p", "a.md", null, server.get);
    void history.refresh();
    await server.settle();
    const fetched: string[] = [];
    for (let version = 1; version <= 50; version++) void history.show(version);
    fetched.push(...server.asked.map(({ path }) => path));
    await server.settle();
    expect(fetched).toHaveLength(2);
    expect(history.shown.get()?.version).toBe(50);
  });

  it("of a history that lived at the path before asks for that one alone", async () => {
    const server = scripted((path) => (path.includes("version=") ? versionText(path) : page([burst(1, 5)], "h2")));
    const history = new DocumentHistory("p", "a.md", "h2", server.get);
    void history.refresh();
    await server.settle();
    void history.show(5);
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/projects/p/history/a.md?version=0&history=h2",
      "/projects/p/history/a.md?version=5&history=h2",
    ]);
    expect(history.exportAddress).toBe("/projects/p/history/a.md?export=git&history=h2");
  });
});

describe("who wrote each line", () => {
  const run = (count: number, version: number): BlameRun => ({ count, version, at: version, account_id: null });

  it("is asked for once a version, and only for the last that is wanted", async () => {
    const server = scripted((path) => {
      const version = Number(new URLSearchParams(path.split("?")[1]).get("blame"));
      return { history_id: "h1", version, lines: [run(2, version)] };
    });
    const history = new DocumentHistory("p", "a.md", null, server.get);
    for (let version = 1; version <= 9; version++) history.showBlame(version);
    expect(server.asked).toHaveLength(1);
    await server.settle();
    expect(history.blame.get()).toEqual({ version: 9, lines: [run(2, 9)] });
    history.showBlame(9);
    expect(server.asked).toHaveLength(0);
    history.showBlame(null);
    expect(history.blame.get()).toBeNull();
  });

  it("is found for any line", () => {
    const lines = [run(2, 7), run(1, 3), run(4, 9)];
    const starts = runStarts(lines);
    expect(starts).toEqual([1, 3, 4]);
    expect([1, 2, 3, 4, 7].map((line) => runOf(starts, line))).toEqual([0, 0, 1, 2, 2]);
  });
});
