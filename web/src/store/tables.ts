import { type ApiError, sentence } from "../net/api";
import type { Connection } from "../net/connection";
import { Observable } from "../net/observable";
import type { Options, Query, TablesSocket } from "../net/tables-socket";
import { apply, keyOf, type OptimisticWrite, overlay, type Row, sorted, type TableShape } from "./live-table";

/** One live query: its name in the store, what it asks, and how its rows are told apart and ordered. */
export interface TableQuery<R extends object> extends TableShape<R> {
  table: string;
  /** Fields asked for, with null, and filters, with their values. */
  fields: Row;
  options?: Options;
}

export interface TableState<R> {
  rows: readonly R[];
  /** False until the first snapshot. */
  loaded: boolean;
  error?: ApiError;
}

/** How long a written value stays on top when the feed has not yet brought it back. */
const SETTLE_MS = 2_000;
/** How long a feed goes on after its last reader, so that going back to a page finds it warm. */
const LINGER_MS = 10_000;

interface LiveTable {
  state: Observable<TableState<Row>>;
  base: readonly Row[];
  loaded: boolean;
  error?: ApiError;
  writes: OptimisticWrite<Row>[];
  readers: number;
  stop: (() => void) | null;
  lingering?: ReturnType<typeof setTimeout>;
  shape: TableShape<Row>;
}

/** All live tables of this page. Equal queries share one feed. */
export class TableStore {
  readonly #socket: TablesSocket;
  readonly #live = new Map<string, LiveTable>();
  readonly #onFailure: (message: string) => void;
  #nextWrite = 1;

  /** `onFailure` tells the person why a change of theirs was taken back. */
  constructor(socket: TablesSocket, onFailure: (message: string) => void) {
    this.#socket = socket;
    this.#onFailure = onFailure;
  }

  /** What a query shows now and from now on; `follow` keeps it live. */
  state<R extends object>(query: TableQuery<R>): Observable<TableState<R>> {
    return this.#table(query).state as unknown as Observable<TableState<R>>;
  }

  /** Keeps a query live until the answered function is called. */
  follow<R extends object>(query: TableQuery<R>): () => void {
    const live = this.#table(query);
    live.readers += 1;
    clearTimeout(live.lingering);
    live.stop ??= this.#start(query as unknown as TableQuery<Row>, live);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      live.readers -= 1;
      if (live.readers === 0) live.lingering = setTimeout(() => this.#end(query, live), LINGER_MS);
    };
  }

  /** Reads once, without following. */
  async read<R extends object>(query: TableQuery<R>): Promise<readonly R[]> {
    const answer = (await this.#socket.get({ [query.table]: [query.fields] }, query.options)) as Record<string, R[]>;
    return answer[query.table] ?? [];
  }

  /**
   * Writes a row. Every live query over the table shows it at once; when the server refuses, it is taken back and the
   * person is told. Throws as well, for a caller that has more to say; `quiet` leaves the telling to it. Answers the
   * row's key.
   */
  async write(table: string, row: Row, options: { quiet?: boolean; delete?: boolean } = {}): Promise<Row> {
    const id = this.#nextWrite++;
    const touched = [...this.#live].filter(([name]) => name.startsWith(`${table}?`)).map(([, live]) => live);
    for (const live of touched) this.#addWrite(live, id, row, options);
    try {
      const sets = options.delete ? [{ delete: true }] : [{ set: true }];
      const { key, changed } = await this.#socket.set({ [table]: row } as Query, sets);
      setTimeout(() => this.#dropWrite(touched, id), changed ? SETTLE_MS : 0);
      return key;
    } catch (error) {
      this.#dropWrite(touched, id);
      if (!options.quiet) this.#onFailure(sentence(error));
      throw error;
    }
  }

  /** The connection that all of it comes through. */
  get connection(): Connection {
    return this.#socket.connection;
  }

  close(): void {
    for (const live of this.#live.values()) {
      clearTimeout(live.lingering);
      live.stop?.();
    }
    this.#live.clear();
    this.#socket.close();
  }

  statistics(): { queries: number; readers: number } {
    return { queries: this.#live.size, readers: [...this.#live.values()].reduce((sum, live) => sum + live.readers, 0) };
  }

  #table<R extends object>(query: TableQuery<R>): LiveTable {
    const name = `${query.table}?${JSON.stringify([query.fields, query.options ?? []])}`;
    let live = this.#live.get(name);
    if (!live) {
      const shape = { key: query.key, compare: query.compare } as unknown as TableShape<Row>;
      const state = new Observable<TableState<Row>>({ rows: [], loaded: false });
      live = { state, base: [], loaded: false, writes: [], readers: 0, stop: null, shape };
      this.#live.set(name, live);
    }
    return live;
  }

  #start(query: TableQuery<Row>, live: LiveTable): () => void {
    return this.#socket.feed({ [query.table]: [query.fields] }, query.options ?? [], {
      onSnapshot: (rows) => {
        live.base = sorted(rows, live.shape);
        live.loaded = true;
        live.error = undefined;
        this.#show(live);
      },
      onChange: (change) => {
        live.base = apply(live.base, change, live.shape);
        const row = change.new ?? change.old;
        const key = row ? keyOf(live.shape, row) : "";
        live.writes = live.writes.filter((write) => write.key !== key);
        this.#show(live);
      },
      onError: (error) => {
        live.error = error;
        live.loaded = true;
        this.#show(live);
      },
    });
  }

  #end<R extends object>(query: TableQuery<R>, live: LiveTable): void {
    live.stop?.();
    live.stop = null;
    for (const [name, candidate] of this.#live) {
      if (candidate === live && name.startsWith(query.table)) this.#live.delete(name);
    }
  }

  #addWrite(live: LiveTable, id: number, row: Row, options: { delete?: boolean }): void {
    const key = keyOf(live.shape, row);
    // Only rows that are shown change before the answer: whether a new row matches this query, the server knows.
    const change = (rows: readonly Row[]): readonly Row[] =>
      options.delete
        ? rows.filter((candidate) => keyOf(live.shape, candidate) !== key)
        : rows.map((candidate) => (keyOf(live.shape, candidate) === key ? { ...candidate, ...row } : candidate));
    live.writes = [...live.writes, { id, key, change }];
    this.#show(live);
  }

  #dropWrite(touched: LiveTable[], id: number): void {
    for (const live of touched) {
      const writes = live.writes.filter((write) => write.id !== id);
      if (writes.length === live.writes.length) continue;
      live.writes = writes;
      this.#show(live);
    }
  }

  #show(live: LiveTable): void {
    live.state.set({ rows: overlay(live.base, live.writes, live.shape), loaded: live.loaded, error: live.error });
  }
}
