/** What is drawn of a cell's outputs, in order: some in the page, some together in a frame. Pure, but for looking into HTML. */

import { type Beyond, beyondOf } from "./beyond";
import { type HtmlLook, lookOf } from "./html";
import { choose, type DrawKind } from "./mime";
import { textOf } from "./plain";
import type { DataOutput, ErrorOutput, StreamOutput } from "./types";
import type { KeyedOutput } from "./use-outputs";

export interface DataPart {
  key: number;
  output: DataOutput;
  draw: DrawKind;
  type: string;
}

export type Segment =
  | { kind: "stream"; key: number; output: StreamOutput }
  | { kind: "error"; key: number; output: ErrorOutput }
  /** What is not in the document, and is fetched when it is asked for. */
  | { kind: "beyond"; key: number; beyond: Beyond }
  | ({ kind: "data"; look: HtmlLook | null } & DataPart)
  /** Outputs that may hold scripts. Those that follow each other share a frame: a script looks for what was drawn before it. */
  | { kind: "frame"; key: number; parts: DataPart[] };

const FRAMED: ReadonlySet<DrawKind> = new Set(["plotly", "vega", "pdf", "javascript"]);
/** The logo with which Bokeh and HoloViews say that they are being loaded. */
const LOADING = /class="?(?:bk|hv|pn)-[\w-]*logo/;
const looks = new WeakMap<DataOutput, HtmlLook>();

export function segmentsOf(list: readonly KeyedOutput[]): Segment[] {
  const parts = list.map(({ key, output }) =>
    output.type === "data" ? { key, output, ...kindOf(output) } : { key, output, draw: null, type: "" },
  );
  const loads = parts.some(({ draw }) => draw === "loader");
  const scripted = parts.some(({ draw }) => draw === "javascript");
  const segments: Segment[] = [];
  for (const { key, output, draw, type } of parts) {
    if (output.type === "stream") segments.push({ kind: "stream", key, output });
    else if (output.type === "error") segments.push({ kind: "error", key, output });
    else if (draw !== null && draw !== "loader") {
      const beyond = beyondOf(output);
      if (beyond) {
        segments.push({ kind: "beyond", key, beyond });
        continue;
      }
      // "Loading …" of a library, beside the library itself: here it is loaded where it is needed.
      if (loads && draw === "html" && LOADING.test(textOf(output.data[type]))) continue;
      const part: DataPart = { key, output, draw, type };
      const look = draw === "html" ? htmlLook(output, type, scripted) : null;
      const last = segments.at(-1);
      if (!FRAMED.has(draw) && look?.look !== "frame") segments.push({ kind: "data", look, ...part });
      else if (last?.kind === "frame") last.parts.push(part);
      else segments.push({ kind: "frame", key, parts: [part] });
    }
  }
  return segments;
}

function kindOf(output: DataOutput): { draw: DrawKind; type: string } {
  const { kind, type } = choose(output);
  return { draw: kind, type };
}

/** What is in the blob store is large: a frame draws it. In a cell with scripts these may look for any of its HTML. */
function htmlLook(output: DataOutput, type: string, scripted: boolean): HtmlLook {
  if (type in output.blobs) return { look: "frame" };
  let look = looks.get(output);
  if (!look) {
    look = lookOf(textOf(output.data[type]));
    looks.set(output, look);
  }
  return scripted && look.look === "plain" ? { look: "frame" } : look;
}
