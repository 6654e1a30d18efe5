/** Outputs out of the shared document. */
import * as Y from "yjs";
import { readOutput as readPlain } from "./plain";
import type { Output } from "./types";

/** The outputs of a cell, as they stand now. */
export function readOutputs(outputs: Y.Array<unknown>): Output[] {
  return outputs.toArray().flatMap((item) => readOutput(item) ?? []);
}

/** One output, a shared map or a plain object; null when it is none. */
export function readOutput(item: unknown): Output | null {
  return readPlain(item instanceof Y.Map ? item.toJSON() : item);
}
