import { useEffect, useState } from "react";
import { blobUrl, useText } from "./blobs";
import { isRecord, textOf } from "./plain";
import type { DataOutput } from "./types";

interface PictureProps {
  output: DataOutput;
  type: string;
  projectId: string;
}

/** The address of a picture, for drawing and for downloading. */
export function pictureUrl(output: DataOutput, type: string, projectId: string): string {
  const blob = output.blobs[type];
  if (blob) return blobUrl(projectId, blob.hash, type);
  return `data:${type};base64,${textOf(output.data[type]).replace(/\s+/g, "")}`;
}

/** A picture of pixels. Its size in the page is what its maker says, so that one with more pixels is sharp. */
export function Picture({ output, type, projectId }: PictureProps) {
  return <Drawn output={output} type={type} src={pictureUrl(output, type, projectId)} />;
}

/** Vectors are drawn as a picture, in which no script runs and nothing is loaded. */
export function VectorPicture({ output, type, projectId }: PictureProps) {
  const loaded = useText(projectId, type, output.blobs[type], textOf(output.data[type]));
  const text = loaded && "text" in loaded ? loaded.text : null;
  const [src, setSrc] = useState<string | null>(null);
  useEffect(() => {
    if (text === null) return;
    const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    setSrc(url);
    return () => URL.revokeObjectURL(url);
  }, [text]);
  if (loaded && "error" in loaded) return <p className="output-problem">{loaded.error}</p>;
  return src === null ? null : <Drawn output={output} type={type} src={src} />;
}

function Drawn({ output, type, src }: { output: DataOutput; type: string; src: string }) {
  const [failed, setFailed] = useState<string | null>(null);
  const metadata = pictureMetadata(output, type);
  if (failed === src) {
    return (
      <p className="output-problem" role="status">
        This picture cannot be drawn: its data is damaged. Run the cell again.
      </p>
    );
  }
  const background = metadata.needs_background ?? (type === "image/svg+xml" ? "light" : undefined);
  return (
    <img
      className={`output-picture ${background === "light" ? "on-light" : background === "dark" ? "on-dark" : ""}`}
      src={src}
      alt={altOf(output, metadata)}
      width={size(metadata.width)}
      height={size(metadata.height)}
      loading="lazy"
      decoding="async"
      onError={() => setFailed(src)}
    />
  );
}

function pictureMetadata(output: DataOutput, type: string): Record<string, unknown> {
  const own = output.metadata[type];
  return { ...output.metadata, ...(isRecord(own) ? own : {}) };
}

function size(value: unknown): number | undefined {
  const number = Number(value);
  return number > 0 && number < 20_000 ? number : undefined;
}

/** What its maker says, or the text that stands for it. */
function altOf(output: DataOutput, metadata: Record<string, unknown>): string {
  if (typeof metadata.alt === "string") return metadata.alt;
  const text = textOf(output.data["text/plain"]).trim();
  const figure = /^<Figure size (\d+)x(\d+) with (\d+) Axes>$/.exec(text);
  if (figure) return `Figure with ${figure[3]} ${figure[3] === "1" ? "plot" : "plots"}`;
  return /^<.*>$/.test(text) || text === "" ? "Picture" : text.slice(0, 300);
}
