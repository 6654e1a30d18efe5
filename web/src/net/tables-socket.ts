import type { Change, ErrorBody, TablesAnswer, TablesRequest } from "../protocol/generated";
import { ApiError, OFFLINE, socketUrl } from "./api";
import { Connection } from "./connection";

export type Query = Record<string, unknown>;
export type Options = Record<string, unknown>[];

export interface FeedHandlers {
  /** All rows, at the start and when missed events can no longer be had. */
  onSnapshot(rows: Record<string, unknown>[]): void;
  onChange(change: Change): void;
  /** The feed cannot go on; it will not be tried again. */
  onError(error: ApiError): void;
}

interface Feed extends FeedHandlers {
  query: Query;
  options: Options;
  id: number;
  /** Number of the last message seen; null before the first. */
  seq: number | null;
}

interface Pending {
  resolve(result: { result: unknown; changed: boolean }): void;
  reject(error: ApiError): void;
  frame: TablesRequest;
  /** A get is asked again after a reconnect; a set may have been done already, so it fails and the person decides. */
  repeatable: boolean;
  sent: boolean;
}

export interface TablesSocketOptions {
  url?: string;
  WebSocket?: typeof WebSocket;
  random?: () => number;
  /** The session has ended: the page shows the sign-in again. */
  onSignedOut?(): void;
}

/** How many requests may wait for a connection; a further one fails at once. */
export const MAX_WAITING_REQUESTS = 1_000;
const NOT_SIGNED_IN_CLOSE = 4401;

/** The tables plane: one WebSocket a browser tab for all queries and feeds. */
export class TablesSocket {
  readonly connection: Connection;
  #nextId: number;
  readonly #feeds = new Map<number, Feed>();
  readonly #pending = new Map<number, Pending>();

  constructor(options: TablesSocketOptions = {}) {
    // Feeds outlive a connection under their id, so that two tabs of one account must not count from the same start.
    this.#nextId = Math.floor((options.random ?? Math.random)() * 2 ** 48);
    this.connection = new Connection({
      url: options.url ?? socketUrl("/api/tables"),
      WebSocket: options.WebSocket,
      random: options.random,
      onOpen: () => this.#onOpen(),
      onMessage: (message) => this.#onMessage(message as TablesAnswer | Change),
      onClose: (code) => {
        this.#onClose();
        if (code !== NOT_SIGNED_IN_CLOSE) return true;
        options.onSignedOut?.();
        return false;
      },
    });
  }

  /** Reads once; waits for a connection when there is none. */
  get(query: Query, options: Options = []): Promise<unknown> {
    return this.#request({ id: this.#nextId++, query, options }, true).then((answer) => answer.result);
  }

  /** Writes one row; answers its key, and whether anything changed. */
  async set(query: Query, options: Options = []): Promise<{ key: Record<string, unknown>; changed: boolean }> {
    const { result, changed } = await this.#request({ id: this.#nextId++, query, options }, false);
    return { key: (Object.values(result ?? {})[0] ?? {}) as Record<string, unknown>, changed };
  }

  /** Reads and follows. Answers a function that ends the feed. */
  feed(query: Query, options: Options, handlers: FeedHandlers): () => void {
    const feed: Feed = { ...handlers, query, options, id: this.#nextId++, seq: null };
    this.#feeds.set(feed.id, feed);
    this.#startFeed(feed);
    return () => {
      if (this.#feeds.delete(feed.id)) this.connection.send({ id: feed.id, cancel: true } satisfies TablesRequest);
    };
  }

  close(): void {
    this.connection.close();
    for (const pending of this.#pending.values())
      pending.reject(new ApiError({ code: "unavailable", message: OFFLINE }));
    this.#pending.clear();
    this.#feeds.clear();
  }

  statistics(): { feeds: number; waiting: number; reconnects: number } {
    return {
      feeds: this.#feeds.size,
      waiting: this.#pending.size,
      reconnects: this.connection.statistics().reconnects,
    };
  }

  #request(frame: TablesRequest, repeatable: boolean): Promise<{ result: unknown; changed: boolean }> {
    return new Promise((resolve, reject) => {
      if (this.#pending.size >= MAX_WAITING_REQUESTS || (!repeatable && this.connection.state.get() === "offline")) {
        reject(new ApiError({ code: "unavailable", message: OFFLINE }));
        return;
      }
      const sent = this.connection.send(frame);
      this.#pending.set(frame.id, { resolve, reject, frame, repeatable, sent });
    });
  }

  #startFeed(feed: Feed): void {
    this.connection.send({
      id: feed.id,
      query: feed.query,
      changes: true,
      options: feed.options,
    } satisfies TablesRequest);
  }

  #onOpen(): void {
    for (const feed of [...this.#feeds.values()]) {
      if (feed.seq === null) {
        this.#startFeed(feed);
        continue;
      }
      const resume = feed.id;
      this.#feeds.delete(resume);
      feed.id = this.#nextId++;
      this.#feeds.set(feed.id, feed);
      // With its query, so that a hub that does not know the feed begins it afresh, with a snapshot marked `reset`.
      const { id, query, options, seq } = feed;
      this.connection.send({ id, resume, seq, query, changes: true, options } satisfies TablesRequest);
    }
    for (const pending of this.#pending.values()) {
      if (!pending.sent) pending.sent = this.connection.send(pending.frame);
    }
  }

  #onClose(): void {
    for (const [id, pending] of [...this.#pending]) {
      if (pending.repeatable || !pending.sent) {
        pending.sent = false;
        continue;
      }
      this.#pending.delete(id);
      pending.reject(new ApiError({ code: "unavailable", message: OFFLINE }));
    }
  }

  #onMessage(message: TablesAnswer | Change): void {
    const feed = this.#feeds.get(message.id);
    if (feed) {
      this.#onFeedMessage(feed, message);
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending || "action" in message) return;
    this.#pending.delete(message.id);
    if (message.error) pending.reject(new ApiError(message.error));
    else pending.resolve({ result: message.result, changed: message.changed ?? true });
  }

  #onFeedMessage(feed: Feed, message: TablesAnswer | Change): void {
    if ("action" in message) {
      if (message.action === "close") {
        this.#feeds.delete(feed.id);
        return;
      }
      if (feed.seq !== null && message.seq <= feed.seq) return; // seen before the reconnect
      feed.seq = message.seq;
      feed.onChange(message);
      return;
    }
    if (message.error) {
      this.#feedFailed(feed, message.error);
      return;
    }
    const rows = rowsOf(message.result);
    if (rows) {
      feed.seq = message.seq ?? 0;
      feed.onSnapshot(rows);
    }
  }

  #feedFailed(feed: Feed, error: ErrorBody): void {
    if (feed.seq !== null && error.code !== "not_permitted" && error.code !== "not_signed_in") {
      // The hub we came back to no longer knows the feed: begin it afresh.
      this.#feeds.delete(feed.id);
      feed.seq = null;
      feed.id = this.#nextId++;
      this.#feeds.set(feed.id, feed);
      this.#startFeed(feed);
      return;
    }
    this.#feeds.delete(feed.id);
    feed.onError(new ApiError(error));
  }
}

/** The rows of an answer `{"projects": [...]}`; null for an answer without any. */
export function rowsOf(result: unknown): Record<string, unknown>[] | null {
  if (typeof result !== "object" || result === null) return null;
  const value = Object.values(result)[0];
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : null;
}
