// @vitest-environment node
import { expect, test } from "vitest";
import { clipboardText, PAGE_ROWS, RowPages } from "./rows";

test("rows are loaded once, when they are looked at", async () => {
  const asked: number[] = [];
  const pages = new RowPages(async (first, count) => {
    asked.push(first);
    return Array.from({ length: count }, (_, index) => [String(first + index)]);
  }, fail);
  pages.want(PAGE_ROWS - 1, PAGE_ROWS);
  expect(pages.row(PAGE_ROWS)).toBeUndefined();
  await pages.rows(0, 0);
  await Promise.resolve();
  expect(pages.row(PAGE_ROWS)).toEqual([String(PAGE_ROWS)]);
  pages.want(0, 2 * PAGE_ROWS - 1);
  expect(new Set(asked)).toEqual(new Set([0, PAGE_ROWS]));
  expect((await pages.rows(PAGE_ROWS - 1, PAGE_ROWS + 1)).map(([cell]) => cell)).toEqual(["199", "200", "201"]);
});

test("a page that did not come is asked for again, and says why", async () => {
  let answer: () => Promise<readonly string[][]> = () => Promise.reject(new Error("offline"));
  const failures: unknown[] = [];
  const pages = new RowPages(
    () => answer(),
    (error) => failures.push(error),
  );
  pages.want(0, 0);
  await new Promise((resolve) => setTimeout(resolve));
  expect(failures).toHaveLength(1);
  answer = async () => [["a"]];
  pages.want(0, 0);
  await new Promise((resolve) => setTimeout(resolve));
  expect(pages.row(0)).toEqual(["a"]);
});

test("cells go to the clipboard as spreadsheets take them", () => {
  expect(clipboardText([["a", "b\tc"], ['say "x"']], 0, 1)).toBe('a\t"b\tc"\n"say ""x"""\t');
});

function fail(error: unknown): void {
  throw error;
}
