import type { EditorKind } from "./types";

const IMAGES = /\.(png|jpe?g|gif|webp|avif|bmp|ico)$/i;
const PREVIEWS = /\.(svg|html?|xhtml)$/i;
const DOWNLOADS =
  /\.(pdf|zip|gz|bz2|xz|tar|7z|mp4|webm|mp3|wav|ogg|woff2?|ttf|otf|so|o|pyc|parquet|npy|npz|h5|sqlite)$/i;

/** All kinds of editor, most fitting first. A path may have several: "Open with" lists those that accept it. */
export const kinds: readonly EditorKind[] = [
  {
    id: "image",
    label: "Image",
    accepts: (path) => IMAGES.test(path),
    load: () => import("./preview"),
  },
  {
    id: "download",
    label: "Download",
    accepts: (path) => DOWNLOADS.test(path),
    load: () => import("./preview"),
  },
  {
    id: "notebook",
    label: "Notebook",
    accepts: (path) => /\.ipynb$/i.test(path),
    load: () => import("./notebook"),
  },
  {
    id: "terminal",
    label: "Terminal",
    accepts: (path) => /\.term$/i.test(path),
    load: () => import("./terminal"),
  },
  {
    id: "text",
    label: "Text",
    accepts: (path) => !IMAGES.test(path),
    load: () => import("./text"),
  },
  {
    id: "pages",
    label: "In pages, read only",
    accepts: (path) => !IMAGES.test(path) && !DOWNLOADS.test(path),
    load: () => import("./pages"),
  },
  {
    id: "preview",
    label: "Preview",
    accepts: (path) => PREVIEWS.test(path),
    load: () => import("./preview"),
  },
];

/** The kind that opens a path unless a person chose another one. */
export function editorFor(path: string): EditorKind {
  const kind = kinds.find((candidate) => candidate.accepts(path));
  if (!kind) throw new Error(`No editor accepts ${path}.`);
  return kind;
}
