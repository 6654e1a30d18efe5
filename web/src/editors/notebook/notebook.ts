/**
 * A notebook as the page reads it: the order of its cells, and each cell, as values that change only where the document
 * did. A keystroke changes neither the order nor any cell's fields: who shows a source watches its text.
 */
import * as Y from "yjs";
import { Observable } from "../../net/observable";
import {
  arrayOf,
  type CellMap,
  type CellType,
  cellsOf,
  type ExecutionState,
  isObject,
  type JsonObject,
  metadataOf,
  metaOf,
  type PlacedCell,
  sourceOf,
  typeOf,
} from "../../sync/notebook/schema";

/** What of a cell is not its source. A new object whenever one of the fields is another. */
export interface CellFields {
  id: string;
  type: CellType;
  source: Y.Text;
  outputs: Y.Array<unknown> | null;
  executionCount: number | null;
  state: ExecutionState;
  metadata: JsonObject;
  attachments: Record<string, Record<string, string>>;
}

export interface NotebookMeta {
  /** The kernel that the notebook asks for. */
  kernel: { name: string; displayName: string } | null;
  language: string;
}

export class Notebook {
  /** Ids in their order; the same array until the order is another. */
  readonly order: Observable<readonly string[]>;
  readonly meta: Observable<NotebookMeta>;
  /** The order is another by what somebody else has done. */
  changedByOthers = false;
  /** Also those that were deleted: who still shows one, or shows it again after an undo, follows the same fields. */
  readonly #cells = new Map<string, { map: CellMap; fields: Observable<CellFields> }>();
  #there: ReadonlySet<string> = new Set();

  constructor(readonly doc: Y.Doc) {
    const placed = cellsOf(doc);
    this.order = new Observable<readonly string[]>([]);
    this.meta = new Observable(readMeta(doc));
    this.#take(placed);
    arrayOf(doc).observeDeep(this.#changed);
    metaOf(doc).observeDeep(this.#metaChanged);
  }

  get cells(): PlacedCell[] {
    return cellsOf(this.doc);
  }

  has(id: string): boolean {
    return this.#there.has(id);
  }

  map(id: string): CellMap | undefined {
    return this.#there.has(id) ? this.#cells.get(id)?.map : undefined;
  }

  /** The fields of a cell, to be watched for as long as the cell is there. */
  fields(id: string): Observable<CellFields> | undefined {
    return this.#cells.get(id)?.fields;
  }

  source(id: string): Y.Text | undefined {
    return this.#cells.get(id)?.fields.get().source;
  }

  type(id: string): CellType {
    return this.#cells.get(id)?.fields.get().type ?? "raw";
  }

  indexOf(id: string): number {
    return this.order.get().indexOf(id);
  }

  destroy(): void {
    arrayOf(this.doc).unobserveDeep(this.#changed);
    metaOf(this.doc).unobserveDeep(this.#metaChanged);
  }

  readonly #metaChanged = (): void => {
    const now = readMeta(this.doc);
    if (JSON.stringify(now) !== JSON.stringify(this.meta.get())) this.meta.set(now);
  };

  readonly #changed = (events: Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction): void => {
    this.changedByOthers = !transaction.local;
    const array: unknown = arrayOf(this.doc);
    const changed = new Set<CellMap>();
    let reordered = false;
    for (const event of events) {
      const target: unknown = event.target;
      if (target === array) {
        reordered = true;
      } else if ((event.target.parent as unknown) === array && event instanceof Y.YMapEvent) {
        changed.add(target as CellMap);
        for (const key of ["id", "position", "source"]) reordered ||= event.keysChanged.has(key);
      } else {
        const cell = fieldOwner(event.target, array);
        if (cell) changed.add(cell);
      }
    }
    if (reordered) this.#take(cellsOf(this.doc));
    for (const map of changed) {
      const cell = this.#cells.get(map.get("id") as string);
      if (cell?.map === map) cell.fields.set(readFields(map, cell.fields.get()));
    }
  };

  #take(placed: readonly PlacedCell[]): void {
    for (const { id, map } of placed) {
      const known = this.#cells.get(id);
      if (known && known.map === map) continue;
      if (known) {
        known.map = map;
        known.fields.set(readFields(map));
      } else {
        this.#cells.set(id, { map, fields: new Observable(readFields(map)) });
      }
    }
    const order = placed.map(({ id }) => id);
    this.#there = new Set(order);
    const old = this.order.get();
    if (order.length !== old.length || order.some((id, index) => id !== old[index])) this.order.set(order);
  }
}

/** The cell of which something inside the metadata or attachments changed; texts and outputs are watched where shown. */
function fieldOwner(target: Y.AbstractType<unknown>, array: unknown): CellMap | null {
  let below = target;
  let above = target.parent as Y.AbstractType<unknown> | null;
  while (above && (above.parent as unknown) !== array) [below, above] = [above, above.parent as typeof above];
  const key = below._item?.parentSub;
  return above && (key === "metadata" || key === "attachments") ? (above as unknown as CellMap) : null;
}

function readFields(map: CellMap, before?: CellFields): CellFields {
  const outputs = map.get("outputs");
  const count = map.get("execution_count");
  const state = map.get("execution_state");
  const attachments = map.get("attachments");
  const plain = attachments instanceof Y.Map ? attachments.toJSON() : attachments;
  const fields: CellFields = {
    id: String(map.get("id")),
    type: typeOf(map),
    source: sourceOf(map),
    outputs: outputs instanceof Y.Array ? outputs : null,
    executionCount: typeof count === "number" ? count : null,
    state: state === "queued" || state === "running" ? state : "idle",
    metadata: metadataOf(map),
    attachments: (isObject(plain) ? plain : {}) as CellFields["attachments"],
  };
  return before && same(before, fields) ? before : fields;
}

function same(a: CellFields, b: CellFields): boolean {
  return (
    a.id === b.id &&
    a.type === b.type &&
    a.source === b.source &&
    a.outputs === b.outputs &&
    a.executionCount === b.executionCount &&
    a.state === b.state &&
    JSON.stringify(a.metadata) === JSON.stringify(b.metadata) &&
    JSON.stringify(a.attachments) === JSON.stringify(b.attachments)
  );
}

function readMeta(doc: Y.Doc): NotebookMeta {
  const value = metaOf(doc).get("metadata");
  const metadata = value instanceof Y.Map ? value.toJSON() : value;
  const plain = isObject(metadata) ? metadata : {};
  const spec = isObject(plain.kernelspec) ? plain.kernelspec : null;
  const info = isObject(plain.language_info) ? plain.language_info : {};
  const name = spec && typeof spec.name === "string" ? spec.name : null;
  return {
    kernel: name === null ? null : { name, displayName: String(spec?.display_name ?? name) },
    language: String(info.name ?? spec?.language ?? "python"),
  };
}
