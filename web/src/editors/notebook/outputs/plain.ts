/** Outputs as plain values. Whatever does not look like an output is left out: anybody may have written it. */
import type { BlobRef, MimeBundle, Output } from "./types";

const HASH = /^[0-9a-f]{64}$/;

/** One output of a notebook's file; null when it is none. */
export function readOutput(fields: unknown): Output | null {
  if (!isRecord(fields)) return null;
  const metadata = bundleOf(fields.metadata);
  switch (fields.output_type) {
    case "stream": {
      const name = fields.name === "stderr" ? "stderr" : "stdout";
      return { type: "stream", name, text: textOf(fields.text), metadata };
    }
    case "error": {
      const traceback = Array.isArray(fields.traceback) ? fields.traceback.map(textOf) : [];
      return { type: "error", name: textOf(fields.ename), value: textOf(fields.evalue), traceback, metadata };
    }
    case "execute_result":
    case "display_data":
    case "update_display_data":
      return {
        type: "data",
        data: bundleOf(fields.data),
        blobs: blobsOf(fields.blobs),
        metadata,
        executionCount: typeof fields.execution_count === "number" ? fields.execution_count : null,
      };
    default:
      return null;
  }
}

/** Text of a MIME type; files may hold it as a list of lines. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join("");
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bundleOf(value: unknown): MimeBundle {
  return isRecord(value) ? value : {};
}

function blobsOf(value: unknown): Record<string, BlobRef> {
  const blobs: Record<string, BlobRef> = {};
  for (const [type, blob] of Object.entries(bundleOf(value))) {
    if (!isRecord(blob) || typeof blob.hash !== "string" || !HASH.test(blob.hash)) continue;
    blobs[type] = { hash: blob.hash, bytes: typeof blob.bytes === "number" ? blob.bytes : 0 };
  }
  return blobs;
}
