/**
 * The open documents of this page. Everything that shows the same document shares one client and one connection; the
 * last to leave closes it, but not before its changes are acknowledged.
 */
import type { ErrorBody } from "../protocol/generated";
import { DocumentClient } from "../sync/document-client";
import { unsentLines } from "../sync/pending";
import { DocumentSocket, documentUrl } from "./document-socket";
import { DocumentStorage, type Kept } from "./document-storage";
import { Observable } from "./observable";
import { onPause, paused } from "./paused";

/**
 * Changes that have waited for so long are kept in the browser: when the server can be reached, an acknowledgement is
 * usually sooner; when it cannot, a crash of the page costs what was typed in the last moment.
 */
export const KEEP_AFTER_MS = 250;
export const KEEP_OFFLINE_AFTER_MS = 20;
/** While changes go on waiting they are kept anew no more often than this, and than takes a twentieth of the time. */
export const KEEP_EVERY_MS = 1_000;
export const KEEP_OFFLINE_EVERY_MS = 100;
const REST_FOR_WORK = 20;
/** A browser that took nothing is asked again after this. */
const TRY_AGAIN_MS = 5_000;
/** A closed document stays connected for so long, for a tab that is only being moved. */
const LINGER_MS = 1_000;
/** A document is opened without what the browser keeps of it when reading that takes longer; it is entered later. */
const READ_KEPT_WITHIN_MS = 1_000;

const storage = new DocumentStorage();
const open = new Map<string, OpenDocument>();

/** For signing out: nothing of what was typed stays in this browser. */
export const forgetKeptEdits = (): Promise<void> => storage.forgetEverything();

/** Text of an account in a project that no server has, by the path of its document: for whoever has lost access. */
export async function unsentTexts(projectId: string, accountId: string): Promise<Map<string, string>> {
  const prefix = prefixOf(accountId, projectId);
  const texts = new Map<string, string>();
  const add = (path: string, text: string) => {
    if (text !== "" && !texts.get(path)?.includes(text)) texts.set(path, (texts.get(path) ?? "") + text);
  };
  for (const document of openDocuments()) {
    if (document.key.startsWith(prefix)) add(document.path, document.client.unsentText());
  }
  for (const { document, records } of await storage.waiting(prefix)) {
    add(document.slice(prefix.length), records.map(unsentLines).join(""));
  }
  return texts;
}

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
  /** How long the last write to the storage held the page up. */
  private keepCost = 0;
  /** `carriedOver` of the client when it was last looked at. */
  private carriedOver = 0;
  private frozen = false;
  /** The browser does not take what waits: leaving the page would lose it. */
  readonly unkept = new Observable(false);
  /** The history of the newest edits that an earlier page kept: it may live elsewhere by now. */
  private keptHistory: string | null = null;
  /** The history and connection for which kept edits were looked for: pages may have been closed since the last one. */
  private searched = "";
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
    globalThis.document.addEventListener("freeze", this.freeze);
    globalThis.document.addEventListener("resume", this.thaw);
    window.addEventListener("pageshow", this.thaw);
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

  get key(): string {
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
      this.keptHistory = kept.records.filter((record) => !record.shared).at(-1)?.historyId ?? null;
      this.adopt(kept);
    });
    await Promise.race([reading, patience]);
    clearTimeout(late);
    if (!this.closed && !paused.get().has(this.projectId)) this.socket.start();
  }

  private adopt({ records, ids }: Kept): void {
    if (this.closed || records.length === 0) return;
    this.adopted.push(...ids);
    this.stored = true;
    for (const record of records) this.client.restore(record);
    this.changed();
  }

  /** Edits of this history that were kept while its file had another name. */
  private async adoptHistory(historyId: string): Promise<void> {
    const prefix = prefixOf(this.accountId, this.projectId);
    this.adopt(await storage.loadHistory(this.key, prefix, historyId, this.adopted));
  }

  private readonly changed = (): void => {
    const { client } = this;
    const { movedTo, historyId } = client;
    if (movedTo !== null) {
      client.movedTo = null; // heard: the same may be said again, after a renaming that this page did itself
      this.move(movedTo);
    }
    const search = `${historyId} ${client.statistics().connections}`;
    if (historyId !== null && client.saveState.online && search !== this.searched) {
      this.searched = search;
      void this.adoptHistory(historyId);
    }
    if (!client.pendingAnything) {
      clearTimeout(this.keeping);
      this.keeping = undefined;
      if (this.stored) void this.forget();
      this.unkept.set(false);
      if (this.users === 0 && this.linger === undefined) this.closeWhenDone();
    } else if (this.exposed) {
      this.keepSoon();
    }
    if (client.carriedOver !== this.carriedOver) {
      this.carriedOver = client.carriedOver;
      // The kept record would be entered as text once more: replaced before anything else can happen, a crash included.
      if (!this.keepLastMinute()) void this.keep();
    }
  };

  private keepSoon(): void {
    if (this.keeping !== undefined) return;
    const { online } = this.client.saveState;
    const first = online ? KEEP_AFTER_MS : KEEP_OFFLINE_AFTER_MS;
    const often = this.unkept.get() ? TRY_AGAIN_MS : online ? KEEP_EVERY_MS : KEEP_OFFLINE_EVERY_MS;
    const again = Math.max(often, REST_FOR_WORK * this.keepCost);
    this.keeping = setTimeout(() => void this.keep(), this.stored ? again : first);
  }

  private async keep(): Promise<void> {
    const { edits } = this.client;
    const begun = performance.now();
    const records = this.client.pendingRecords();
    const { adopted } = this;
    this.stored = true;
    try {
      const kept = storage.keep(this.key, records, adopted);
      this.keepCost = performance.now() - begun;
      await kept;
      this.keptEdits = edits;
      this.adopted = this.adopted.filter((id) => !adopted.includes(id));
      this.unkept.set(false);
    } catch (error) {
      console.warn("Waiting changes could not be kept in this browser.", error);
      this.unkept.set(this.exposed && !this.keepLastMinute());
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
    const { edits } = this.client;
    this.stored = true;
    if (!storage.keepLastMinute(this.key, this.client.pendingRecords(), this.adopted)) return false;
    this.keptEdits = edits;
    return true;
  };

  /** A page that the browser puts to sleep leaves the document, so that nobody sees a cursor that nobody holds. */
  private readonly freeze = (): void => {
    this.keepLastMinute();
    this.frozen = this.socket.running;
    if (this.frozen) this.socket.stop();
  };

  private readonly thaw = (): void => {
    if (this.frozen && !paused.get().has(this.projectId)) this.socket.start();
    this.frozen = false;
  };

  private readonly warn = (event: BeforeUnloadEvent): void => {
    if (this.exposed && !this.keepLastMinute()) event.preventDefault();
  };

  private closeWhenDone(): void {
    this.linger = undefined;
    if (this.users > 0 || (this.client.waiting > 0 && this.client.saveState.kind !== "failed")) return;
    if (this.exposed && !this.keepLastMinute()) void this.keep();
    if (open.get(this.key) === this) open.delete(this.key);
    this.closed = true;
    this.unwatch();
    window.removeEventListener("pagehide", this.keepLastMinute);
    window.removeEventListener("beforeunload", this.warn);
    globalThis.document.removeEventListener("freeze", this.freeze);
    globalThis.document.removeEventListener("resume", this.thaw);
    window.removeEventListener("pageshow", this.thaw);
    clearTimeout(this.keeping);
    this.socket.stop();
    this.client.destroy();
  }
}
