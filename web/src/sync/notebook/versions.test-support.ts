/** Random notebooks, and others that came of them. */
import fc from "fast-check";
import * as Y from "yjs";
import { insertCells } from "./acts";
import { type JsonObject, metaOf, type PlainCell } from "./schema";
import type { NotebookVersion } from "./version";

const source = fc.string({
  unit: fc.constantFrom("a", "b", "é", "😀", "\n", " ", "x = 1\n", "print(x)\n"),
  maxLength: 8,
});
const metadata: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constant<JsonObject>({}),
  fc.record({ tags: fc.array(fc.constantFrom("a", "b"), { maxLength: 2 }) }),
  fc.record({ jupyter: fc.record({ source_hidden: fc.boolean() }), collapsed: fc.boolean() }),
);
const output: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ output_type: fc.constant("stream"), name: fc.constant("stdout"), text: source }),
  fc.record({
    output_type: fc.constant("display_data"),
    data: fc.record({ "text/plain": source }),
    metadata: fc.constant({}),
  }),
);

const bareCell: fc.Arbitrary<PlainCell> = fc.oneof(
  fc.record({
    cell_type: fc.constant("code" as const),
    source,
    metadata,
    outputs: fc.array(output, { maxLength: 2 }),
    execution_count: fc.option(fc.integer({ min: 1, max: 9 })),
  }),
  fc.record({ cell_type: fc.constantFrom("markdown" as const, "raw" as const), source, metadata }),
  fc.record({
    cell_type: fc.constant("markdown" as const),
    source,
    metadata,
    attachments: fc.constant({ "a.png": { "image/png": "AAAA" } }),
  }),
);

/** One of the things that people do to cells. */
type Change = { kind: "insert" | "delete" | "move" | "replace" | "type"; at: number; to: number; cell: PlainCell };
const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("insert", "delete", "move", "replace", "type"),
  at: fc.nat(20),
  to: fc.nat(20),
  cell: bareCell,
});

const notebookMetadata = fc.record({ kernelspec: fc.record({ name: fc.constantFrom("python3", "ir") }) });

/** A notebook, and what some changes made of it. */
export function versionPair(withIds: boolean): fc.Arbitrary<[NotebookVersion, NotebookVersion]> {
  return fc
    .record({
      cells: fc.array(bareCell, { minLength: 1, maxLength: 8 }),
      changes: fc.array(change, { maxLength: 8 }),
      metas: fc.tuple(notebookMetadata, notebookMetadata),
    })
    .map(({ cells, changes, metas }) => {
      let made = 0;
      const named = (cell: PlainCell): PlainCell => ({ ...cell, ...(withIds ? { id: `id${made++}` } : {}) });
      const older = cells.map(named);
      const newer = [...older];
      for (const { kind, at, to, cell } of changes) {
        const index = at % (newer.length || 1);
        const old = newer[index];
        if (kind === "insert" || !old) newer.splice(index, 0, named(cell));
        else if (kind === "delete") newer.splice(index, 1);
        else if (kind === "move") newer.splice(to % newer.length, 0, ...newer.splice(index, 1));
        else if (kind === "type") newer[index] = { ...cell, source: old.source, ...idOf(old) };
        else if (old.cell_type === cell.cell_type) newer[index] = { ...cell, ...idOf(old) };
      }
      const meta = (metadata: JsonObject) => ({ nbformat: 4, nbformat_minor: withIds ? 5 : 4, metadata });
      if (newer.length === 0) newer.push(named({ cell_type: "raw", source: "", metadata: {} }));
      const pair = [
        { cells: older, meta: meta(metas[0]) },
        { cells: newer, meta: meta(metas[1]) },
      ];
      // Records are made without a prototype, which no JSON has.
      return JSON.parse(JSON.stringify(pair)) as [NotebookVersion, NotebookVersion];
    });
}

const idOf = (cell: PlainCell) => (cell.id === undefined ? {} : { id: cell.id });

/** A document that holds a notebook. */
export function docWith({ cells, meta }: NotebookVersion): Y.Doc {
  const doc = new Y.Doc();
  for (const [key, value] of Object.entries(meta)) {
    metaOf(doc).set(key, key === "metadata" ? new Y.Map(Object.entries(value as JsonObject)) : value);
  }
  insertCells(doc, null, cells);
  return doc;
}
