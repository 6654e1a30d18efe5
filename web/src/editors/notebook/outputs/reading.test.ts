import { describe, expect, it } from "vitest";
import { beyondOf } from "./beyond";
import { choose } from "./mime";
import { readOutput } from "./plain";
import { readTraceback } from "./traceback";
import type { DataOutput, ErrorOutput } from "./types";

function data(bundle: Record<string, unknown>, more: Record<string, unknown> = {}): DataOutput {
  return readOutput({ output_type: "display_data", data: bundle, metadata: {}, ...more }) as DataOutput;
}

describe("an output", () => {
  it("is read from what a file has, lines joined, and is none when it has not the shape", () => {
    expect(readOutput({ output_type: "stream", name: "stdout", text: ["a\n", "b"] })).toMatchObject({ text: "a\nb" });
    for (const other of [null, 7, [], {}, { output_type: "evil" }, "stream"]) expect(readOutput(other)).toBeNull();
    expect(data(7 as never).data).toEqual({});
  });

  it("names blobs by hashes and by nothing else", () => {
    const hash = "a".repeat(64);
    const blobs = { "image/png": { hash, bytes: 5 }, "text/html": { hash: "../../etc" }, "text/plain": 3 };
    expect(data({}, { blobs }).blobs).toEqual({ "image/png": { hash, bytes: 5 } });
  });

  it("is drawn in its richest form that can be drawn", () => {
    expect(choose(data({ "text/plain": "x", "text/html": "<b>x</b>" })).kind).toBe("html");
    expect(choose(data({ "text/html": "", "application/vnd.plotly.v1+json": { data: [] } })).kind).toBe("plotly");
    expect(choose(data({ "application/vnd.plotly.v1+json": "lost", "text/plain": "Figure" })).kind).toBe("text");
    expect(choose(data({ "application/vnd.vegalite.v6.json": { mark: "bar" } })).kind).toBe("vega");
    expect(choose(data({ "application/vnd.vegalite.v5.2+json": {}, "image/png": "x" })).kind).toBe("vega");
    expect(choose(data({ "text/plain": "x" }, { blobs: { "image/png": { hash: "b".repeat(64) } } })).kind).toBe(
      "image",
    );
    expect(choose(data({ "application/x-own": 1 }))).toEqual({ kind: "unknown", type: "application/x-own" });
  });

  it("says what of it is kept on the server", () => {
    const id = "0f".repeat(16);
    const said = (more: unknown) => beyondOf(data({}, { metadata: { studium: { more } } }));
    expect(said({ id, bytes: 90, kept: 60 })).toEqual({ id, bytes: 90, kept: 60 });
    expect(said({ id, bytes: 50, kept: 60 })).toEqual({ id, bytes: 50, kept: 50 });
    for (const other of [null, {}, { id: "../x" }, { id: `${id}/..`, bytes: 1 }]) expect(said(other)).toBeNull();
    expect(beyondOf(data({}))).toBeNull();
  });
});

describe("a traceback", () => {
  const error = (traceback: string[]): ErrorOutput => ({
    type: "error",
    name: "ValueError",
    value: "no",
    traceback,
    metadata: {},
  });

  it("has neither the rule nor the spaces of a terminal", () => {
    const rule = `\x1b[31m${"-".repeat(75)}\x1b[39m`;
    const head = `\x1b[31mValueError\x1b[39m${" ".repeat(40)}Traceback (most recent call last)`;
    expect(readTraceback(error([rule, head, "frame", "ValueError: no"]))).toEqual({
      first: ["\x1b[31mValueError\x1b[39m  Traceback (most recent call last)", "frame", "ValueError: no"],
      middle: [],
      last: [],
    });
  });

  it("is folded in the middle when it is long, and loses nothing", () => {
    const parts = Array.from({ length: 40 }, (_, index) => `frame ${index}`);
    const { first, middle, last } = readTraceback(error(parts));
    expect([...first, ...middle, ...last]).toEqual(parts);
    expect(first.length + last.length).toBeLessThan(7);
  });

  it("is the error itself when there is none", () => {
    expect(readTraceback(error([])).first).toEqual(["ValueError: no"]);
  });
});
