import { Download } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";
import * as Y from "yjs";
import { blobUrl, fetchBytes, fetchText } from "./blobs";
import type { FrameItem } from "./frame/protocol";
import type { FrameHost } from "./frame-host";
import { loaderScripts } from "./loaders";
import { needsLoader } from "./mime";
import { OutputFrame } from "./OutputFrame";
import { isRecord, textOf } from "./plain";
import type { DataPart } from "./segments";
import type { DataOutput, Output } from "./types";

interface FrameSegmentProps {
  id: string;
  parts: readonly DataPart[];
  outputs: Y.Array<unknown> | readonly Output[];
  projectId: string;
  host: RefObject<FrameHost | null>;
}

/** Outputs that may hold scripts, in a sandboxed frame. */
export function FrameSegment({ id, parts, outputs, projectId, host }: FrameSegmentProps) {
  const [items, setItems] = useState<readonly FrameItem[] | string | null>(null);
  const version = parts.map((part) => `${part.key}.${versionOf(part.output)}`).join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says when parts are others
  useEffect(() => {
    let gone = false;
    bring(parts, outputs, projectId).then(
      (brought) => !gone && setItems(brought),
      (error: unknown) => !gone && setItems(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      gone = true;
    };
  }, [version, outputs, projectId]);
  if (typeof items === "string") return <p className="output-problem">{items}</p>;
  if (items === null) return <div className="output-waiting" />;
  return (
    <>
      <OutputFrame
        id={id}
        title={titleOf(parts)}
        items={items}
        onHost={(made) => {
          host.current = made;
        }}
      />
      {parts.map((part) => part.draw === "pdf" && <PdfLink key={part.key} part={part} projectId={projectId} />)}
    </>
  );
}

const TITLES: Partial<Record<DataPart["draw"], string>> = { plotly: "Figure", vega: "Chart", pdf: "PDF" };

function titleOf(parts: readonly DataPart[]): string {
  return TITLES[parts[0]?.draw ?? "html"] ?? "Output";
}

const versions = new WeakMap<DataOutput, number>();
let lastVersion = 0;

/** A number that an output keeps until it changes. */
function versionOf(output: DataOutput): number {
  let version = versions.get(output);
  if (version === undefined) {
    version = ++lastVersion;
    versions.set(output, version);
  }
  return version;
}

/** The parts with their data; before them the libraries that they need of other cells. */
async function bring(
  parts: readonly DataPart[],
  outputs: Y.Array<unknown> | readonly Output[],
  projectId: string,
): Promise<FrameItem[]> {
  const loaders =
    outputs instanceof Y.Array && parts.some((part) => needsLoader(part.output))
      ? await loaderScripts(outputs, projectId)
      : [];
  const before = loaders.map(
    (code, index): FrameItem => ({ key: -1 - index, version: code.length, kind: "javascript", code }),
  );
  return [...before, ...(await Promise.all(parts.map((part) => toItem(part, projectId))))];
}

async function toItem({ key, output, draw, type }: DataPart, projectId: string): Promise<FrameItem> {
  const place = { key, version: versionOf(output) };
  const blob = output.blobs[type];
  if (draw === "pdf") {
    const url = pdfUrl(output, type, projectId);
    return { ...place, kind: "pdf", bytes: blob ? await fetchBytes(url) : bytesOf(textOf(output.data[type])) };
  }
  const value = blob ? await fetchText(blobUrl(projectId, blob.hash, type)) : output.data[type];
  switch (draw) {
    case "plotly":
      return { ...place, kind: "plotly", figure: jsonOf(value) };
    case "vega":
      return {
        ...place,
        kind: "vega",
        spec: jsonOf(value),
        lite: type.includes("vegalite"),
        options: optionsOf(output, type),
      };
    case "javascript":
      return { ...place, kind: "javascript", code: textOf(value) };
    default:
      return { ...place, kind: "html", html: textOf(value) };
  }
}

function jsonOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new Error("This output is damaged: its data cannot be read. Run the cell again.");
  }
}

function bytesOf(base64: string): ArrayBuffer {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
  } catch {
    throw new Error("This PDF is damaged: its data cannot be read. Run the cell again.");
  }
}

function pdfUrl(output: DataOutput, type: string, projectId: string): string {
  const blob = output.blobs[type];
  return blob ? blobUrl(projectId, blob.hash, type) : `data:${type};base64,${textOf(output.data[type])}`;
}

function PdfLink({ part: { output, type }, projectId }: { part: DataPart; projectId: string }) {
  return (
    <a className="button plain" href={pdfUrl(output, type, projectId)} download="output.pdf">
      <Download aria-hidden />
      Download the PDF
    </a>
  );
}

function optionsOf(output: DataOutput, type: string): unknown {
  const own = output.metadata[type];
  return isRecord(own) ? (own.embed_options ?? null) : null;
}
