/** Which of an output's forms is drawn, and how. Pure. */
import type { DataOutput } from "./types";

/** A way to draw. `loader` is a library that a later output runs: nothing of it is to be seen. */
export type DrawKind =
  | "loader"
  | "widget"
  | "plotly"
  | "vega"
  | "json"
  | "html"
  | "markdown"
  | "latex"
  | "svg"
  | "image"
  | "pdf"
  | "javascript"
  | "text"
  | "unknown";

/** Richest first: the order of JupyterLab, with what is made for a purpose before what any browser can draw. */
const ORDER: readonly [RegExp, DrawKind][] = [
  [/^application\/vnd\.(bokehjs|holoviews)_load\.v0\+json$/, "loader"],
  [/^application\/vnd\.jupyter\.widget-view\+json$/, "widget"],
  [/^application\/vnd\.plotly\.v1\+json$/, "plotly"],
  [/^application\/vnd\.vega(lite)?\.v\d+(\.\d+)*[.+]json$/, "vega"],
  [/^application\/(geo\+json|json)$/, "json"],
  [/^text\/html$/, "html"],
  [/^text\/markdown$/, "markdown"],
  [/^text\/latex$/, "latex"],
  [/^image\/svg\+xml$/, "svg"],
  [/^image\/(png|jpeg|gif|webp|avif|bmp)$/, "image"],
  [/^application\/pdf$/, "pdf"],
  [/^(application|text)\/javascript$/, "javascript"],
  [/^text\/plain$/, "text"],
  [/^text\//, "text"],
];

/** The form to draw: the richest that can be drawn; of what cannot, the first. */
export function choose(output: DataOutput): { kind: DrawKind; type: string } {
  const types = [...Object.keys(output.data), ...Object.keys(output.blobs)];
  for (const [pattern, kind] of ORDER) {
    const type = types.find((candidate) => pattern.test(candidate) && isDrawable(kind, candidate, output));
    if (type !== undefined) return { kind, type };
  }
  return { kind: "unknown", type: types[0] ?? "" };
}

/** A part of an output that a file has lost is passed over where another one tells the same. */
function isDrawable(kind: DrawKind, type: string, output: DataOutput): boolean {
  if (type in output.blobs || kind === "loader") return true;
  const value = output.data[type];
  if (kind === "plotly" || kind === "vega" || kind === "widget") return typeof value === "object" && value !== null;
  if (kind === "json") return value !== undefined;
  return typeof value === "string" ? value !== "" || kind === "text" || kind === "html" : Array.isArray(value);
}

/** Whether a script needs what an output of kind `loader` brings: Bokeh, Panel or HoloViews. */
export function needsLoader(output: DataOutput): boolean {
  return Object.keys(output.data).some((type) => /^application\/vnd\.(bokehjs|holoviews)_exec\.v0\+json$/.test(type));
}
