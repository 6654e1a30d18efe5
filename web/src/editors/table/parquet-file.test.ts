// @vitest-environment node
import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { ParquetFile } from "./parquet-file";

/** The file of the browser tests. */
const BYTES = Buffer.from(
  [...readFileSync(`${import.meta.dirname}/../../../../tests/support/tables.py`, "utf8").matchAll(/^ {4}"([^"]+)"$/gm)]
    .map(([, part]) => part)
    .join(""),
  "base64",
);

function serve(bytes: Buffer): void {
  vi.stubGlobal("fetch", async (_url: string, options: RequestInit) => {
    const range = new Headers(options.headers).get("Range") ?? "";
    const [first = 0, last = 0] = range.replace("bytes=", "").split("-").map(Number);
    if (first >= bytes.length)
      return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${bytes.length}` } });
    return new Response(new Uint8Array(bytes.subarray(first, last + 1)), {
      status: 206,
      headers: { "Content-Range": `bytes ${first}-${last}/${bytes.length}`, ETag: '"a"' },
    });
  });
}

afterEach(() => vi.unstubAllGlobals());

test("rows come from the group that they are in", async () => {
  serve(BYTES);
  const file = new ParquetFile("p", "a.parquet");
  file.start();
  await vi.waitFor(() => expect(file.state.get()).toMatchObject({ rows: 1000, groups: 2, problem: null }));
  expect(file.state.get().names).toEqual(["id", "name", "day", "tags"]);
  expect(await file.pages.rows(499, 500)).toEqual([
    ["499", "name 499", "2024-01-20", '["a","b"]'],
    ["500", "name 500", "2024-01-21", "[]"],
  ]);
});

test("what is no Parquet says so", async () => {
  for (const [bytes, words] of [
    [Buffer.alloc(0), "too short"],
    [BYTES.subarray(0, -40), "does not end as a Parquet file does"],
    [Buffer.from(`PAR1${"\xff".repeat(200)}PAR1`, "latin1"), "cannot be read"],
  ] as const) {
    serve(bytes);
    const file = new ParquetFile("p", "a.parquet");
    file.start();
    await vi.waitFor(() => expect(String(file.state.get().problem)).toContain(words));
  }
});
