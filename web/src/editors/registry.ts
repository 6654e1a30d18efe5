import type { EditorKind } from "./types";

const NOTEBOOK = /\.ipynb$/i;
const TERMINAL = /\.term$/i;
const IMAGES = /\.(png|apng|jpe?g|jfif|gif|webp|avif|bmp|ico)$/i;
const ARCHIVES = /\.(zip|jar|whl|egg|npz|xpi|apk|epub|docx|xlsx|pptx|odt|ods|odp|tar|tgz|tbz2?|txz|gz|bz2|xz)$/i;
const DELIMITED = /\.(csv|tsv|tab|psv)$/i;
const PDF = /\.pdf$/i;
const MEDIA = /\.(aac|flac|m4a|m4v|mkv|mov|mp3|mp4|oga|ogg|ogv|opus|wav|weba|webm)$/i;
const PARQUET = /\.(parquet|pq)$/i;
/** Of what is never text: shown by its bytes where nothing better knows it. */
const BINARIES =
  /\.(7z|rar|zst|so|dylib|dll|exe|o|a|pyc|class|wasm|woff2?|ttf|otf|bin|dat|npy|h5|hdf5|mat|rds|rdata|sqlite3?|db|pkl|pt|onnx|iso|img)$/i;
const JSON_TEXT = /\.(json|geojson|topojson|jsonl|ndjson|ldjson)$/i;
/** Texts that can also be drawn. */
const LIVE = /\.(md|markdown|mdown|rst|rest|svg|html?|xhtml|json|geojson|topojson|jsonl|ndjson|ldjson)$/i;
const PREVIEWS = /\.(svg|html?|xhtml)$/i;

const isBinary = (path: string) =>
  IMAGES.test(path) ||
  ARCHIVES.test(path) ||
  PARQUET.test(path) ||
  PDF.test(path) ||
  MEDIA.test(path) ||
  BINARIES.test(path);

/** All kinds of editor, most fitting first. A path may have several: "Open with" lists those that accept it. */
export const kinds: readonly EditorKind[] = [
  {
    id: "image",
    label: "Image",
    accepts: (path) => IMAGES.test(path),
    load: () => import("./image"),
  },
  {
    id: "pdf",
    label: "PDF",
    accepts: (path) => PDF.test(path),
    load: () => import("./pdf"),
  },
  {
    id: "media",
    label: "Player",
    accepts: (path) => MEDIA.test(path),
    load: () => import("./media"),
  },
  {
    id: "archive",
    label: "Archive",
    accepts: (path) => ARCHIVES.test(path),
    load: () => import("./archive"),
  },
  {
    id: "table",
    label: "Table",
    accepts: (path) => DELIMITED.test(path),
    load: () => import("./table"),
  },
  {
    id: "parquet",
    label: "Table",
    accepts: (path) => PARQUET.test(path),
    load: () => import("./table/parquet"),
  },
  {
    id: "notebook",
    label: "Notebook",
    accepts: (path) => NOTEBOOK.test(path),
    load: () => import("./notebook"),
  },
  {
    id: "terminal",
    label: "Terminal",
    accepts: (path) => TERMINAL.test(path),
    load: () => import("./terminal"),
  },
  {
    id: "live",
    label: "Text, with a preview",
    accepts: (path) => LIVE.test(path),
    load: () => import("./live"),
  },
  {
    id: "text",
    label: "Text",
    accepts: (path) => !isBinary(path),
    load: () => import("./text"),
  },
  {
    id: "pages",
    label: "In pages, read only",
    accepts: (path) => !isBinary(path),
    load: () => import("./pages"),
  },
  {
    id: "preview",
    label: "Preview",
    accepts: (path) => PREVIEWS.test(path),
    load: () => import("./preview"),
  },
  {
    id: "json",
    label: "Tree",
    accepts: (path) => JSON_TEXT.test(path),
    load: () => import("./json"),
  },
  {
    id: "hex",
    label: "Bytes",
    accepts: () => true,
    load: () => import("./hex"),
  },
];

/** The kinds that can open a path, most fitting first. */
export function kindsFor(path: string): readonly EditorKind[] {
  return kinds.filter((kind) => kind.accepts(path));
}

/** The kind that opens a path, unless one of these ids, the first that can, is wanted instead. */
export function editorFor(path: string, ...wanted: (string | undefined)[]): EditorKind {
  const offered = kindsFor(path);
  const chosen = wanted.map((id) => offered.find((kind) => kind.id === id)).find((kind) => kind !== undefined);
  const kind = chosen ?? offered[0];
  if (!kind) throw new Error(`No editor accepts ${path}.`);
  return kind;
}
