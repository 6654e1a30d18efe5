/** Outputs of cells (docs/design/outputs.md), and Markdown as Jupyter knows it. */
export { CellOutputs, type CellOutputsProps } from "./CellOutputs";
export type { Macros } from "./markdown/katex";
export { Markdown, type MarkdownProps } from "./markdown/Markdown";
export type { Resolve } from "./markdown/sanitise";
export { readOutputs } from "./read";
export type { CommChannel, Output } from "./types";
export { modelsOf } from "./widget-models";
