/**
 * The client's half of a live document, as a pure state machine: bytes and connections in, bytes and states out. It knows
 * no socket, no clock of its own, no DOM.
 *
 * Its laws, which the tests check with random programs:
 * - Every edit reaches the server exactly once, whatever is lost, delayed or restarted. After a reconnect only what the
 *   server's state vector lacks is sent.
 * - `disk` is said only when the file holds a version at or after that of this client's last edit.
 * - Two histories are never merged. When the server's `history_id` is another one, the document starts afresh and
 *   pending edits are entered into it as a difference of texts.
 */
import { type Awareness, applyAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import type { ControlToClient, DiskStatus, DocumentFormat, ErrorBody, Hello } from "../protocol/generated";
import {
  decodeFrame,
  EMPTY_STATE_VECTOR,
  EMPTY_UPDATE,
  encodeAwareness,
  encodeControl,
  encodeQueryAwareness,
  encodeStep1,
  encodeStep2,
} from "./messages";
import { Outbox } from "./outbox";
import { enterRecord, PendingEdits, type PendingRecord, unsentLines } from "./pending";
import { createAwareness, forgetOthers, listPeople } from "./presence";
import { deriveSaveState, type Presence, type SaveState, sameSaveState } from "./save-state";
import { covers } from "./ydoc";

/** Sends a frame on the connection that is open; it never throws and never calls back at once. */
export interface Transport {
  send(frame: Uint8Array): void;
}

export interface DocumentClientOptions {
  /** Unix time in milliseconds. */
  now(): number;
  /** Name of the Y.Text that holds the document's text. */
  textName?: string;
}

/** Origin of transactions that apply what the server sent. */
const FROM_SERVER = Symbol("from the server");
/** Origin of edits that were kept from an earlier page, or carried over from another history. */
export const RESTORED = Symbol("restored");

type Listener = () => void;

export class DocumentClient {
  doc: Y.Doc;
  awareness: Awareness;
  /** Counts the documents this client has held; an editor binds anew when it changes. */
  generation = 0;
  historyId: string | null = null;
  saveState: SaveState;
  /** Counts up when names of versions of this history have changed, or may have while there was no connection. */
  namings = 0;
  /** Where the server says that the document lives now; null once the owner of this client has taken note. */
  movedTo: string | null = null;
  /** How the document holds its content, and why not as its name promises. */
  format: { is: DocumentFormat; reason: string | null } = { is: "text", reason: null };

  private readonly now: () => number;
  private readonly textName: string;
  private pending: PendingEdits;
  private transport: Transport | null = null;
  /** The document of another history, while it arrives. */
  private incoming: { doc: Y.Doc; historyId: string } | null = null;
  private greeted: Hello | null = null;
  /** The document was held before this connection. */
  private resumed = false;
  private synced = false;
  /** The server's state vector is answered: from here on updates are sent as they come. */
  private sending = false;
  private readonly outbox = new Outbox((frame) => this.send(frame));
  private readonly records: PendingRecord[] = [];
  private needed = 0;
  private saved = 0;
  private readOnly = false;
  private readOnlyReason: string | undefined;
  private notSaved: { error: ErrorBody; disk: DiskStatus } | undefined;
  private failure: { error: ErrorBody; final: boolean } | undefined;
  private readonly listeners = new Set<Listener>();
  private lastKey = "0 false";
  private readonly counters = { framesIn: 0, bytesIn: 0, framesOut: 0, bytesOut: 0, connections: 0, histories: 0 };

  constructor(options: DocumentClientOptions) {
    this.now = options.now;
    this.textName = options.textName ?? "source";
    [this.doc, this.pending] = this.hold(new Y.Doc());
    this.awareness = this.presenceOf(this.doc);
    this.saveState = { kind: "opening", waiting: 0, since: this.now(), online: false };
  }

  get text(): Y.Text {
    return this.doc.getText(this.textName);
  }

  /** The server's state has arrived at least once. */
  get ready(): boolean {
    return this.synced;
  }

  /** Local edits since the client was made; only ever grows. */
  edits = 0;
  /** How often edits of another history were entered as text: what was kept of them is then out of date. */
  carriedOver = 0;

  /** Changes that are not acknowledged. */
  get waiting(): number {
    return this.outbox.waiting;
  }

  /** Changes that are not acknowledged, or kept ones that are not entered yet. */
  get pendingAnything(): boolean {
    return this.waiting > 0 || this.records.length > 0;
  }

  /** Why the document cannot be served now, if so. */
  get failureError(): ErrorBody | undefined {
    return this.failure?.error;
  }

  get writable(): boolean {
    return this.synced && !this.readOnly && !this.failure?.final;
  }

  /** Calls `listener` after each change of `saveState`, `generation`, `ready`, `namings` or `movedTo`; returns how to stop it. */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** People in the document, oneself first. */
  presence(): Presence[] {
    return listPeople(this.awareness);
  }

  connected(transport: Transport): void {
    this.disconnected();
    this.transport = transport;
    this.counters.connections++;
    // With nothing held there is nothing that another history could spoil, so the question goes out at once.
    if (this.historyId === null) this.send(encodeStep1(EMPTY_STATE_VECTOR));
    this.refresh();
  }

  disconnected(): void {
    this.outbox.disconnected();
    this.transport = null;
    this.greeted = null;
    this.sending = false;
    this.incoming?.doc.destroy();
    this.incoming = null;
    forgetOthers(this.awareness, FROM_SERVER);
    this.refresh();
  }

  /** The document cannot be served. `final`: another try is of no use until the person does something. */
  failed(error: ErrorBody, final: boolean): void {
    this.failure = { error, final };
    this.refresh();
  }

  /** One frame of the connection. Raises `FrameError` for bytes that are not of the protocol: the caller reconnects. */
  received(frame: Uint8Array): void {
    this.counters.framesIn++;
    this.counters.bytesIn += frame.length;
    for (const message of decodeFrame(frame)) {
      switch (message.type) {
        case "control":
          this.control(message.control);
          break;
        case "step1":
          this.answer(message.stateVector);
          break;
        case "step2":
          this.apply(message.update);
          this.arrived();
          break;
        case "update":
          this.apply(message.update);
          break;
        case "awareness":
          applyAwarenessUpdate(this.awareness, message.update, FROM_SERVER);
          break;
        case "query_awareness":
          this.announce();
          break;
      }
    }
    this.refresh();
  }

  /** Asks the server to write the file now. */
  saveNow(): void {
    this.send(encodeControl({ type: "save_now" }));
  }

  /** Something to which the server replies: called when the connection has been silent for long. */
  probe(): void {
    if (!this.greeted) return;
    this.send(encodeQueryAwareness());
    this.announce();
  }

  /** What would be lost if this client vanished now. */
  pendingRecords(): PendingRecord[] {
    const kept = this.records.filter((record) => !record.shared);
    return this.waiting === 0 || this.historyId === null ? kept : [...kept, this.ownRecord()];
  }

  /** The lines that this person wrote and no server has. */
  unsentText(): string {
    return this.pendingRecords().map(unsentLines).join("");
  }

  /** Enters edits that an earlier page kept, once the server's state is here. Twice does no harm. */
  restore(record: PendingRecord): void {
    const { historyId, base, text } = record;
    const isSame = (other: PendingRecord) =>
      other.historyId === historyId && other.base === base && other.text === text && other.shared === record.shared;
    if (this.records.some(isSame)) return;
    this.records.push(record);
    if (this.sending) this.enterRecords();
    this.refresh();
  }

  destroy(): void {
    this.awareness.setLocalState(null);
    this.disconnected();
    this.listeners.clear();
    this.pending.destroy();
    this.doc.destroy();
  }

  statistics(): Record<string, number> {
    return {
      ...this.counters,
      waiting: this.waiting,
      inFlight: this.outbox.messagesInFlight,
      listeners: this.listeners.size,
    };
  }

  private hold(doc: Y.Doc): [Y.Doc, PendingEdits] {
    doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== FROM_SERVER && doc === this.doc) this.changed(update);
    });
    return [doc, new PendingEdits(doc.getText(this.textName), FROM_SERVER)];
  }

  private presenceOf(doc: Y.Doc): Awareness {
    const awareness = createAwareness(doc);
    awareness.on("update", (_change: unknown, origin: unknown) => {
      if (origin !== FROM_SERVER && this.greeted) this.send(encodeAwareness(awareness, [awareness.clientID]));
    });
    return awareness;
  }

  private send(frame: Uint8Array): void {
    if (!this.transport) return;
    this.counters.framesOut++;
    this.counters.bytesOut += frame.length;
    this.transport.send(frame);
  }

  /** Says who and where one is, with a newer clock, so that it counts even after the server took the state away. */
  private announce(): void {
    const state = this.awareness.getLocalState();
    if (state) this.awareness.setLocalState(state);
  }

  private control(control: ControlToClient): void {
    switch (control.type) {
      case "hello":
        this.greet(control);
        break;
      case "acknowledged":
        this.acknowledge(control.count, control.version);
        break;
      case "saved":
        this.saved = Math.max(this.saved, control.version);
        this.notSaved = undefined;
        break;
      case "not_saved":
        this.notSaved = { error: control.error, disk: control.disk };
        break;
      case "moved":
        this.movedTo = control.path;
        this.lastKey = "";
        break;
      case "names_changed":
        this.namings++;
        this.lastKey = "";
        break;
      case "failed":
        this.failure = { error: control.error, final: this.failure?.final ?? false };
        break;
    }
  }

  private greet(hello: Hello): void {
    this.resumed = this.historyId !== null;
    if (this.resumed) this.namings++;
    this.greeted = hello;
    this.format = { is: hello.format ?? "text", reason: hello.format_reason ?? null };
    this.failure = this.notSaved = undefined;
    this.readOnly = hello.read_only;
    this.readOnlyReason = hello.read_only_reason ?? undefined;
    this.saved = hello.saved_version;
    this.needed = Math.max(this.needed, hello.version);
    if (this.resumed && this.historyId !== hello.history_id) {
      this.incoming = { doc: new Y.Doc(), historyId: hello.history_id };
      this.send(encodeStep1(EMPTY_STATE_VECTOR));
    } else {
      this.historyId = hello.history_id;
      if (this.resumed) this.send(encodeStep1(Y.encodeStateVector(this.doc)));
    }
    this.announce();
  }

  private apply(update: Uint8Array): void {
    Y.applyUpdate(this.incoming?.doc ?? this.doc, update, FROM_SERVER);
  }

  /** The server's state is in the document. */
  private arrived(): void {
    if (this.incoming) this.changeHistory(this.incoming);
    this.synced = true;
    if (this.sending) this.enterRecords();
  }

  /** Answers the server's state vector with what it lacks. */
  private answer(theirs: Uint8Array): void {
    if (this.sending) return;
    // An earlier greeting may have counted updates that nobody committed: a server that died gives their numbers again.
    this.needed = this.greeted?.version ?? this.needed;
    const carried = this.outbox.takeUnsent();
    const isCovered = carried === 0 && covers(theirs, Y.encodeStateVector(this.doc));
    if (this.incoming || this.readOnly) {
      // Of the old history nothing may be sent; of a read-only document nothing would be taken.
      this.outbox.hold(carried);
      this.outbox.carry(encodeStep2(EMPTY_UPDATE), 0);
    } else if (isCovered && !this.resumed) {
      this.outbox.carry(encodeStep2(EMPTY_UPDATE), 0);
    } else {
      // A server that lacks what it once acknowledged gets it again, and that counts as a change. A deletion shows in no
      // state vector: one that the server passed on and lost may be here alone.
      const update = Y.encodeStateAsUpdate(this.doc, theirs);
      this.outbox.carry(encodeStep2(update), isCovered ? 0 : Math.max(carried, 1));
    }
    this.sending = !this.readOnly;
    if (this.synced && !this.incoming && this.sending) this.enterRecords();
  }

  private changed(update: Uint8Array): void {
    this.edits++;
    if (!this.sending || this.incoming) this.outbox.hold();
    else this.outbox.push(update);
    this.refresh();
  }

  private acknowledge(count: number, version: number): void {
    if (this.outbox.acknowledge(count)) this.needed = Math.max(this.needed, version);
    if (this.waiting === 0) this.pending.clear();
  }

  /** Goes over to the document of another history; pending edits are entered into it as edits of text. */
  private changeHistory(incoming: { doc: Y.Doc; historyId: string }): void {
    if (this.waiting > 0) this.records.push(this.ownRecord());
    const old = { doc: this.doc, awareness: this.awareness, pending: this.pending };
    this.incoming = null;
    this.outbox.takeUnsent();
    [this.doc, this.pending] = this.hold(incoming.doc);
    this.historyId = incoming.historyId;
    this.awareness = this.presenceOf(this.doc);
    this.awareness.setLocalState(old.awareness.getLocalState());
    this.generation++;
    this.counters.histories++;
    if (!this.readOnly) this.enterRecords();
    old.pending.destroy();
    old.doc.destroy();
  }

  private ownRecord(): PendingRecord {
    return {
      historyId: this.historyId ?? "",
      update: Y.encodeStateAsUpdate(this.doc),
      ...this.pending.kept(),
    };
  }

  private enterRecords(): void {
    for (const record of this.records.splice(0)) {
      this.carriedOver += Number(enterRecord(record, this.text, this.historyId, RESTORED));
    }
  }

  private refresh(): void {
    const derived = deriveSaveState({
      synced: this.synced,
      waiting: this.waiting + this.records.filter((record) => !record.shared).length,
      needed: this.needed,
      saved: this.saved,
      readOnly: this.readOnly,
      readOnlyReason: this.readOnlyReason,
      notSaved: this.notSaved,
      failure: this.failure,
    });
    const since = derived.kind === this.saveState.kind ? this.saveState.since : this.now();
    const state = { ...derived, since, online: this.transport !== null && this.greeted !== null };
    const key = `${this.generation} ${this.synced}`;
    if (sameSaveState(state, this.saveState) && key === this.lastKey) return;
    this.lastKey = key;
    this.saveState = state;
    for (const listener of [...this.listeners]) listener();
  }
}
