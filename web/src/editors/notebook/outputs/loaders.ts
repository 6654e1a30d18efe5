/** Libraries that a cell brings for the outputs of other cells, such as `bokeh.io.output_notebook(INLINE)`. */
import * as Y from "yjs";
import { blobUrl, fetchText } from "./blobs";
import { choose } from "./mime";
import { textOf } from "./plain";
import { readOutput } from "./read";
import type { DataOutput } from "./types";

const CODE = "application/javascript";

/** The scripts of the loaders of a notebook, in the order of its cells; found from the outputs of any cell. */
export async function loaderScripts(outputs: Y.Array<unknown>, projectId: string): Promise<string[]> {
  return Promise.all(loadersNear(outputs).map((loader) => codeOf(loader, projectId)));
}

function loadersNear(outputs: Y.Array<unknown>): DataOutput[] {
  const cells = outputs.parent?.parent;
  const found = new Map<string, DataOutput>();
  for (const cell of cells instanceof Y.Array ? cells.toArray() : [outputs.parent]) {
    const list = cell instanceof Y.Map ? cell.get("outputs") : null;
    for (const item of list instanceof Y.Array ? list.toArray() : []) {
      if (!(item instanceof Y.Map) || !mayLoad(item)) continue;
      const output = readOutput(item);
      if (output?.type !== "data" || choose(output).kind !== "loader") continue;
      // The same library, loaded twice, is run once.
      found.set(output.blobs[CODE]?.hash ?? textOf(output.data[CODE]), output);
    }
  }
  return [...found.values()];
}

/** Cheap: outputs may be large. */
function mayLoad(item: Y.Map<unknown>): boolean {
  const types = [item.get("data"), item.get("blobs")].flatMap((bundle) =>
    bundle instanceof Y.Map ? [...bundle.keys()] : Object.keys((bundle as object | undefined) ?? {}),
  );
  return types.some((type) => type.endsWith("_load.v0+json"));
}

async function codeOf(loader: DataOutput, projectId: string): Promise<string> {
  const blob = loader.blobs[CODE];
  return blob ? fetchText(blobUrl(projectId, blob.hash, CODE)) : textOf(loader.data[CODE]);
}
