/** What a cell says of output that is not in the document (`src/studium/sync/notebook/outputs.py`, `More`). Pure. */
import { isRecord } from "./plain";
import type { DataOutput } from "./types";

/** What a cell has put out beyond its bounds, which is in a file on the server. */
export interface Beyond {
  id: string;
  bytes: number;
  /** How many of the bytes the file has; the rest was counted only. */
  kept: number;
}

/** What an output says of more output that is kept elsewhere; null when it says nothing. */
export function beyondOf(output: DataOutput): Beyond | null {
  const { studium } = output.metadata;
  const more = isRecord(studium) ? studium.more : null;
  if (!isRecord(more) || typeof more.id !== "string" || !/^[0-9a-f]{32}$/.test(more.id)) return null;
  const [bytes, kept] = [more.bytes, more.kept].map((size) => (typeof size === "number" && size > 0 ? size : 0));
  return { id: more.id, bytes: bytes ?? 0, kept: Math.min(kept ?? 0, bytes ?? 0) };
}
