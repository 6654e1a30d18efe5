/** What a cell has put out, as plain values: `src/studium/sync/notebook/schema.py` says how the document holds it. */
import type { CommFrame } from "../../../protocol/generated";

/** One thing in several forms; text forms are strings, binary ones base64, JSON ones values. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Data in the project's blob store. */
export interface BlobRef {
  hash: string;
  bytes: number;
}

export interface StreamOutput {
  type: "stream";
  name: "stdout" | "stderr";
  text: string;
  metadata: MimeBundle;
}

export interface ErrorOutput {
  type: "error";
  name: string;
  value: string;
  /** Lines, often with ANSI colours. */
  traceback: readonly string[];
  metadata: MimeBundle;
}

export interface DataOutput {
  type: "data";
  data: MimeBundle;
  blobs: Readonly<Record<string, BlobRef>>;
  metadata: MimeBundle;
  /** Set for the value of the cell's last expression. */
  executionCount: number | null;
}

export type Output = StreamOutput | ErrorOutput | DataOutput;

/** The messages of widgets, to and from the kernel that the notebook's page is connected to. */
export interface CommChannel {
  send(frame: CommFrame, buffers: readonly ArrayBuffer[]): void;
  /** Hears every message from now on, and first those that bring a newcomer up to date; answers how to stop. */
  subscribe(listener: (frame: CommFrame, buffers: readonly ArrayBuffer[]) => void): () => void;
}
