/**
 * A document server in memory for tests: nothing moves until a test says so, so that any delay, loss, crash and order can
 * be written down. It keeps the laws of `docs/protocol.md`: the log is committed before it is acknowledged, a crash
 * forgets what was not committed, and the file holds some committed version.
 */
import * as decoding from "lib0/decoding";
import * as Y from "yjs";
import { type ControlToClient, type Hello, MessageType, SyncType } from "../protocol/generated";
import type { DocumentClient } from "./document-client";
import { EMPTY_UPDATE, encodeControl, encodeStep1, encodeStep2, encodeUpdate } from "./messages";

class Connection {
  readonly up: Uint8Array[] = [];
  readonly down: Uint8Array[] = [];
  /** Sync messages taken, and of these committed. */
  taken = 0;

  constructor(readonly client: DocumentClient) {}
}

export class ScriptedServer {
  historyId = "history-0";
  readOnly = false;
  doc = new Y.Doc();
  /** Committed updates; the version is their number. */
  log: Uint8Array[] = [];
  savedVersion = 0;
  private uncommitted: { update: Uint8Array; connection: Connection; count: number }[] = [];
  private readonly connections = new Map<DocumentClient, Connection>();
  /** What each client last said of itself. */
  private readonly awareness = new Map<DocumentClient, Uint8Array>();
  private histories = 0;

  get version(): number {
    return this.log.length;
  }

  connect(client: DocumentClient): void {
    this.cut(client);
    const connection = new Connection(client);
    this.connections.set(client, connection);
    const hello: Hello = {
      type: "hello",
      history_id: this.historyId,
      // The newest that the server knows: what is not committed yet counts too, and a crash forgets it.
      version: this.version + this.uncommitted.filter(({ update }) => isWorthLogging(update)).length,
      saved_version: this.savedVersion,
      read_only: this.readOnly,
      read_only_reason: this.readOnly ? "You are a viewer of this project." : null,
    };
    connection.down.push(encodeControl(hello), encodeStep1(Y.encodeStateVector(this.doc)), ...this.awareness.values());
    client.connected({ send: (frame) => connection.up.push(frame) });
  }

  /** The connection breaks; what is under way in either direction is lost. */
  cut(client: DocumentClient): void {
    if (this.connections.delete(client)) client.disconnected();
  }

  isConnected(client: DocumentClient): boolean {
    return this.connections.has(client);
  }

  /** The server takes the next frames that a client sent. */
  take(client: DocumentClient, frames = Number.POSITIVE_INFINITY): void {
    const connection = this.connections.get(client);
    for (; connection && connection.up.length > 0 && frames > 0; frames--) {
      this.handle(connection, connection.up.shift() as Uint8Array);
    }
  }

  /** A client gets the next frames that the server sent. */
  give(client: DocumentClient, frames = Number.POSITIVE_INFINITY): void {
    const connection = this.connections.get(client);
    for (; connection && connection.down.length > 0 && frames > 0; frames--) {
      client.received(connection.down.shift() as Uint8Array);
    }
  }

  send(client: DocumentClient, control: ControlToClient): void {
    this.connections.get(client)?.down.push(encodeControl(control));
  }

  /** Commits the first of what was applied, acknowledges it, and passes it on. */
  commit(entries = Number.POSITIVE_INFINITY): void {
    for (; this.uncommitted.length > 0 && entries > 0; entries--) {
      const entry = this.uncommitted.shift() as (typeof this.uncommitted)[number];
      if (isWorthLogging(entry.update)) this.log.push(entry.update);
      entry.connection.down.push(encodeControl({ type: "acknowledged", count: entry.count, version: this.version }));
    }
  }

  save(): void {
    if (this.savedVersion === this.version) return;
    this.savedVersion = this.version;
    for (const { down } of this.connections.values())
      down.push(encodeControl({ type: "saved", version: this.version }));
  }

  /** What the file holds. */
  file(): Y.Doc {
    const doc = new Y.Doc();
    for (const update of this.log.slice(0, this.savedVersion)) Y.applyUpdate(doc, update);
    return doc;
  }

  /** The server dies and comes back: only the log is left. */
  restart(): void {
    for (const client of [...this.connections.keys()]) this.cut(client);
    this.uncommitted = [];
    this.doc = new Y.Doc();
    for (const update of this.log) Y.applyUpdate(this.doc, update);
  }

  /** The store was lost or the file made anew: the same text under another history, or what `fill` puts in. */
  beginHistory(
    text = this.doc.getText("source").toString(),
    fill = (doc: Y.Doc): void => doc.getText("source").insert(0, text),
  ): void {
    this.log = [];
    this.restart();
    this.historyId = `history-${++this.histories}`;
    fill(this.doc);
    this.log.push(Y.encodeStateAsUpdate(this.doc));
    this.savedVersion = 1;
  }

  private handle(connection: Connection, frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame);
    while (decoding.hasContent(decoder)) {
      const type = decoding.readVarUint(decoder);
      if (type === MessageType.QUERY_AWARENESS) continue;
      if (type === MessageType.CONTROL) {
        decoding.readVarString(decoder);
        this.save();
      } else if (type === MessageType.SYNC) {
        this.sync(connection, decoding.readVarUint(decoder), decoding.readVarUint8Array(decoder));
      } else {
        const body = decoding.readVarUint8Array(decoder);
        const message = new Uint8Array([MessageType.AWARENESS, ...lengthPrefixed(body)]);
        this.awareness.set(connection.client, message);
        for (const other of this.connections.values()) other.down.push(message);
      }
    }
  }

  private sync(connection: Connection, type: number, body: Uint8Array): void {
    if (type === SyncType.STEP_1) {
      connection.down.push(encodeStep2(Y.encodeStateAsUpdate(this.doc, body)));
      return;
    }
    connection.taken++;
    Y.applyUpdate(this.doc, body);
    this.uncommitted.push({ update: body, connection, count: connection.taken });
    for (const other of this.connections.values()) {
      if (other !== connection) other.down.push(encodeUpdate(body));
    }
  }
}

/** What brings nothing gets no version. */
const isWorthLogging = (update: Uint8Array): boolean => update.length > EMPTY_UPDATE.length;

function lengthPrefixed(body: Uint8Array): number[] {
  const prefix: number[] = [];
  let length = body.length;
  for (; length > 127; length = Math.floor(length / 128)) prefix.push((length % 128) + 128);
  return [...prefix, length, ...body];
}
