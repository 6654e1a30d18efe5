import { describe, expect, it } from "vitest";
import { contrast, readColour } from "./legible";
import { libraryAt } from "./libraries";
import { readFrameMessage } from "./protocol";

describe("what a frame says", () => {
  it("is let through when a frame of ours could have said it", () => {
    expect(readFrameMessage({ type: "height", height: 12, more: 1 })).toEqual({ type: "height", height: 12 });
    expect(readFrameMessage({ type: "link", url: "https://example.org/a" })).not.toBeNull();
    const frame = { kind: "comm_msg", content: { comm_id: "a", data: {} } };
    expect(readFrameMessage({ type: "comm", frame, buffers: [new ArrayBuffer(1)] })).not.toBeNull();
  });

  it("is dropped otherwise", () => {
    for (const message of [
      null,
      "ready",
      [],
      { type: "elsewhere" },
      { type: "height", height: "9" },
      { type: "height", height: Number.NaN },
      { type: "link", url: "javascript:alert(1)" },
      { type: "link", url: "data:text/html,x" },
      { type: "link", url: `https://example.org/${"a".repeat(3_000)}` },
      { type: "picture", request: 1, picture: "javascript:1" },
      { type: "comm", frame: { kind: "comm_info", content: { comm_id: "a" } }, buffers: [] },
      { type: "comm", frame: { kind: "comm_msg", content: {} }, buffers: [] },
      { type: "comm", frame: { kind: "comm_msg", content: { comm_id: "a" } }, buffers: ["x"] },
      { type: "model", model: {} },
    ]) {
      expect(readFrameMessage(message), JSON.stringify(message)).toBeNull();
    }
  });
});

describe("text on a ground", () => {
  it("is measured as WCAG does", () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
    expect(contrast([255, 255, 255], [0, 0, 0])).toBeCloseTo(21);
    expect(contrast([118, 118, 118], [255, 255, 255])).toBeCloseTo(4.54, 1);
  });

  it("is read from what a browser tells, and not where one sees through", () => {
    expect(readColour("rgb(255, 215, 0)")).toEqual([255, 215, 0]);
    expect(readColour("rgba(1, 2, 3, 1)")).toEqual([1, 2, 3]);
    for (const other of ["rgba(0, 0, 0, 0)", "rgb(1 2 3 / 0.5)", "transparent", "", "rgb(1)"]) {
      expect(readColour(other), other).toBeNull();
    }
  });
});

describe("a library by its address", () => {
  it("is ours when it is one that we draw with", () => {
    expect(libraryAt("https://cdn.jsdelivr.net/npm/vega@6?noext")).toBe("vega");
    expect(libraryAt("https://cdn.jsdelivr.net/npm/vega-lite@6.4.1?noext")).toBe("vega");
    expect(libraryAt("https://cdn.jsdelivr.net/npm/vega-embed@7?noext")).toBe("vega");
    expect(libraryAt("https://cdn.jsdelivr.net/npm/vega@5/build/vega.min.js")).toBe("vega");
    expect(libraryAt("https://cdn.plot.ly/plotly-3.0.1.min.js")).toBe("plotly");
    expect(libraryAt("https://cdn.plot.ly/plotly-latest.min.js")).toBe("plotly");
  });

  it("is none otherwise", () => {
    for (const url of [
      "",
      "https://cdn.bokeh.org/bokeh/release/bokeh-3.9.2.min.js",
      "https://cdn.jsdelivr.net/npm/vega-tooltip@1",
      "https://example.org/lasvegas.js",
      "https://example.org/x.js?vega@5",
      "blob:https://example.org/vega@5",
    ]) {
      expect(libraryAt(url), url).toBeNull();
    }
  });
});
