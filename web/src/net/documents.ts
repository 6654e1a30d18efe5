/**
 * The open documents of this page. Everything that shows the same document shares one client and one connection; the
 * last to leave closes it, but not before its changes are acknowledged.
 */
import type { ErrorBody } from "../protocol/generated";
import { DocumentClient } from "../sync/document-client";
import type { PendingRecord } from "../sync/pending";
import { DocumentSocket, documentUrl } from "./document-socket";
import { DocumentStorage } from "./document-storage";
import { onPause, paused } from "./paused";
import { ownRow } from "./row-owners";

/** Changes that have waited for so long are kept in the browser. */
export const KEEP_AFTER_MS = 250;
/** While changes go on waiting they are kept anew at most this often; large documents less often. */
export const KEEP_EVERY_MS = 1_000;
const KEEP_LARGE_EVERY_MS = 10_000;
/** Keeping ten megabytes takes half a second, in which no key is heard: not for an acknowledgement that is merely late. */
const KEEP_LARGE_AFTER_MS = 1_000;
const LARGE_CHARACTERS = 1_000_000;
/** A closed document stays connected for so long, for a tab that is only being moved. */
const LINGER_MS = 1_000;

const storage = new DocumentStorage();
const open = new Map<string, OpenDocument>();

/** For signing out: nothing of what was typed stays in this browser. */
export const forgetKeptEdits = (): Promise<void> => storage.forgetEverything();

/**
 * A document for as long as it is used; pair with `release`. What is kept in the browser belongs to the account: another
 * person at the same browser does not send it.
 */
export function openDocument(projectId: string, path: string, accountId: string): OpenDocument {
  const key = keyOf(accountId, projectId, path);
  let document = open.get(key);
  if (!document) {
    document = new OpenDocument(accountId, projectId, path);
    open.set(key, document);
  }
  document.retain();
  return document;
}

const keyOf = (accountId: string, projectId: string, path: string): string => `${accountId}/${projectId}/${path}`;

/** Something was renamed: open documents go along, with what waits in them. `newPath` answers null for those that stay. */
export function documentsMoved(projectId: string, newPath: (path: string) => string | null): void {
  for (const document of openDocuments()) {
    const path = document.projectId === projectId ? newPath(document.path) : null;
    if (path !== null) document.move(path);
  }
}

const STOPPED: ErrorBody = {
  code: "project_not_running",
  message: "The project is stopped. Start it to open this file.",
};

/** All documents that are open or still have changes to send. */
export function openDocuments(): readonly OpenDocument[] {
  return [...open.values()];
}

export class OpenDocument {
  readonly client = new DocumentClient({ now: Date.now });
  private readonly socket: DocumentSocket;
  private users = 0;
  private linger: ReturnType<typeof setTimeout> | undefined;
  private keeping: ReturnType<typeof setTimeout> | undefined;
  /** Aborted when the document is closed: its rows are free then. */
  private readonly leaving = new AbortController();
  /** Rows of the storage that earlier pages wrote and this one has entered. */
  private adopted: string[] = [];
  /** Something is in the storage that is to be removed once all is acknowledged. */
  private stored = false;
  /** `edits` of the client when the last write to the storage began: those are safe. */
  private keptEdits = 0;
  /** What the server last said of a new place. */
  private heardMove: string | null = null;

  private readonly unwatch: () => void;

  constructor(
    private readonly accountId: string,
    readonly projectId: string,
    public path: string,
  ) {
    this.socket = new DocumentSocket(this.client, { url: documentUrl(projectId, path) });
    this.client.subscribe(this.changed);
    window.addEventListener("pagehide", this.keepLastMinute);
    window.addEventListener("beforeunload", this.warn);
    void ownRow(storage.rowId(this.key), this.leaving.signal);
    void this.adopt();
    this.socket.start();
    this.unwatch = onPause(projectId, (is) => {
      if (!is) {
        this.socket.start();
        return;
      }
      this.socket.stop();
      this.client.failed(STOPPED, false);
    });
  }

  private get key(): string {
    return keyOf(this.accountId, this.projectId, this.path);
  }

  /** The document lives at another path now; what this page has kept for it moves along. */
  move(path: string): void {
    if (path === this.path) return;
    if (open.get(this.key) === this) open.delete(this.key);
    this.adopted.push(storage.rowId(this.key));
    this.path = path;
    void ownRow(storage.rowId(this.key), this.leaving.signal);
    if (!open.has(this.key)) open.set(this.key, this);
    this.socket.moveTo(documentUrl(this.projectId, path));
    this.keptEdits = -1;
    this.changed();
  }

  retain(): void {
    this.users++;
    clearTimeout(this.linger);
    this.linger = undefined;
  }

  release(): void {
    if (--this.users > 0) return;
    this.client.awareness.setLocalState(null);
    this.linger = setTimeout(() => this.closeWhenDone(), LINGER_MS);
  }

  /** Another try, after a failure. */
  retry(): void {
    if (paused.get().has(this.projectId)) return;
    this.socket.start();
    this.socket.retryNow();
  }

  private async adopt(): Promise<void> {
    const { key } = this;
    const ids = new Set((await storage.load(key)).map((row) => row.id));
    await Promise.all([...ids].map((id) => this.adoptRow(key, id)));
  }

  /** Takes over a row, at once or when the page that has it is gone. */
  private async adoptRow(key: string, id: string): Promise<void> {
    if (id !== storage.rowId(key)) await ownRow(id, this.leaving.signal);
    const rows = (await storage.load(key)).filter((row) => row.id === id);
    if (rows.length === 0 || this.leaving.signal.aborted) return;
    this.adopted.push(id);
    this.stored = true;
    for (const row of rows) for (const record of row.records) this.client.restore(record);
    this.changed();
  }

  private readonly changed = (): void => {
    const { client } = this;
    if (client.movedTo !== this.heardMove) {
      this.heardMove = client.movedTo;
      if (client.movedTo !== null) this.move(client.movedTo);
    }
    if (!client.pendingAnything) {
      clearTimeout(this.keeping);
      this.keeping = undefined;
      if (this.stored) void this.forget();
      if (this.users === 0 && this.linger === undefined) this.closeWhenDone();
    } else if (this.exposed) {
      this.keepSoon();
    }
  };

  private keepSoon(): void {
    if (this.keeping !== undefined) return;
    const large = this.client.text.length > LARGE_CHARACTERS;
    const first = large ? KEEP_LARGE_AFTER_MS : KEEP_AFTER_MS;
    const again = large ? KEEP_LARGE_EVERY_MS : KEEP_EVERY_MS;
    this.keeping = setTimeout(() => void this.keep(), this.stored ? again : first);
  }

  private async keep(): Promise<void> {
    const { edits } = this.client;
    const records = this.client.pendingRecords();
    this.stored = true;
    try {
      await storage.keep(this.key, records);
      this.keptEdits = edits;
    } catch (error) {
      console.warn("Waiting changes could not be kept in this browser.", error);
    } finally {
      this.keeping = undefined;
    }
    this.changed();
  }

  private async forget(): Promise<void> {
    const ids = this.adopted;
    this.adopted = [];
    this.stored = false;
    try {
      await storage.forget(this.key, ids);
    } catch (error) {
      // They stay and are entered once more later, which changes nothing.
      console.warn("Kept changes could not be removed from this browser.", error);
    }
  }

  /** Changes that are neither acknowledged nor in the storage. */
  private get exposed(): boolean {
    return this.client.waiting > 0 && this.client.edits > this.keptEdits;
  }

  private readonly keepLastMinute = (): boolean => {
    if (!this.exposed) return true;
    const records: PendingRecord[] = this.client.pendingRecords();
    this.stored = true;
    return storage.keepLastMinute(this.key, records);
  };

  private readonly warn = (event: BeforeUnloadEvent): void => {
    if (this.exposed && !this.keepLastMinute()) event.preventDefault();
  };

  private closeWhenDone(): void {
    this.linger = undefined;
    if (this.users > 0 || (this.client.waiting > 0 && this.client.saveState.kind !== "failed")) return;
    if (open.get(this.key) === this) open.delete(this.key);
    this.unwatch();
    window.removeEventListener("pagehide", this.keepLastMinute);
    window.removeEventListener("beforeunload", this.warn);
    clearTimeout(this.keeping);
    this.leaving.abort();
    this.socket.stop();
    this.client.destroy();
  }
}
