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

/** Changes that have waited for so long are kept in the browser. */
export const KEEP_AFTER_MS = 250;
/** While changes go on waiting they are kept anew at most this often; large documents less often. */
export const KEEP_EVERY_MS = 1_000;
const KEEP_LARGE_EVERY_MS = 10_000;
const LARGE_CHARACTERS = 1_000_000;
/** A closed document stays connected for so long, for a tab that is only being moved. */
const LINGER_MS = 1_000;
/** A document is opened without what the browser keeps of it when reading that takes longer; it is entered later. */
const READ_KEPT_WITHIN_MS = 1_000;

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

const prefixOf = (accountId: string, projectId: string): string => `${accountId}/${projectId}/`;
const keyOf = (accountId: string, projectId: string, path: string): string => prefixOf(accountId, projectId) + path;

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
  /** Rows of the storage that earlier pages wrote and this one has entered. */
  private adopted: string[] = [];
  /** Something is in the storage that is to be removed once all is acknowledged. */
  private stored = false;
  /** `edits` of the client when the last write to the storage began: those are safe. */
  private keptEdits = 0;
  /** The history of the newest edits that an earlier page kept: it may live elsewhere by now. */
  private keptHistory: string | null = null;
  /** The history for which kept edits were looked for. */
  private searchedHistory: string | null = null;
  private closed = false;

  private readonly unwatch: () => void;

  constructor(
    private readonly accountId: string,
    readonly projectId: string,
    public path: string,
  ) {
    this.socket = new DocumentSocket(this.client, {
      url: documentUrl(projectId, path),
      history: () => this.client.historyId ?? this.keptHistory,
    });
    this.client.subscribe(this.changed);
    window.addEventListener("pagehide", this.keepLastMinute);
    window.addEventListener("beforeunload", this.warn);
    void this.begin();
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

  /** Connects when it is known what is kept: with edits of a history the server is asked for that one. */
  private async begin(): Promise<void> {
    let late: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      late = setTimeout(resolve, READ_KEPT_WITHIN_MS);
    });
    const reading = storage.load(this.key).then((kept) => {
      this.keptHistory = kept.records[kept.records.length - 1]?.historyId ?? null;
      this.adopt(kept);
    });
    await Promise.race([reading, patience]);
    clearTimeout(late);
    if (!this.closed && !paused.get().has(this.projectId)) this.socket.start();
  }

  private adopt({ records, ids }: { records: readonly PendingRecord[]; ids: readonly string[] }): void {
    if (this.closed || records.length === 0) return;
    this.adopted.push(...ids);
    this.stored = true;
    for (const record of records) this.client.restore(record);
    this.changed();
  }

  /** Edits of this history that were kept while its file had another name. */
  private async adoptHistory(historyId: string): Promise<void> {
    this.adopt(await storage.loadHistory(prefixOf(this.accountId, this.projectId), historyId));
  }

  private readonly changed = (): void => {
    const { client } = this;
    const { movedTo, historyId } = client;
    if (movedTo !== null) {
      client.movedTo = null; // heard: the same may be said again, after a renaming that this page did itself
      this.move(movedTo);
    }
    if (historyId !== null && historyId !== this.searchedHistory) {
      this.searchedHistory = historyId;
      void this.adoptHistory(historyId);
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
    const again = this.client.text.length > LARGE_CHARACTERS ? KEEP_LARGE_EVERY_MS : KEEP_EVERY_MS;
    this.keeping = setTimeout(() => void this.keep(), this.stored ? again : KEEP_AFTER_MS);
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
    this.closed = true;
    this.unwatch();
    window.removeEventListener("pagehide", this.keepLastMinute);
    window.removeEventListener("beforeunload", this.warn);
    clearTimeout(this.keeping);
    this.socket.stop();
    this.client.destroy();
  }
}
