/**
 * Edits that no server has acknowledged, kept in the browser: closing the tab, or its crash, while offline loses nothing.
 *
 * Two places. IndexedDB holds what has waited for a moment. What is younger when the page is left goes to `localStorage`,
 * the only store that is written before the page is gone. Both are emptied as soon as everything is acknowledged, and
 * read when the document is opened again; the records of a page that still lives may be entered twice, which does no harm.
 */
import type { PendingRecord } from "../sync/pending";

const DATABASE = "studium-documents";
const STORE = "pending";
/** A record larger than this is not kept: the page then asks before it is left. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;
/** What fits into `localStorage` beside other documents. */
export const MAX_LAST_MINUTE_BYTES = 256 * 1024;
/** Older records are removed when the storage is opened. */
const MAX_AGE_MS = 90 * 24 * 3600 * 1000;
const PREFIX = "studium-pending:";

interface Row {
  /** Which page wrote it: each page replaces its own row only. */
  id: string;
  document: string;
  at: number;
  records: PendingRecord[];
}

export class DocumentStorage {
  private readonly id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  private database: Promise<IDBDatabase> | null = null;

  /**
   * What earlier pages left for a document, the newest last. The rows stay until `forget`, so that a crash meanwhile
   * loses nothing.
   */
  async load(document: string): Promise<{ records: PendingRecord[]; ids: string[] }> {
    const rows = await this.rows(
      (name) => name === document,
      () => IDBKeyRange.only(document),
    );
    return { records: rows.flatMap((row) => row.records), ids: rows.map((row) => row.id) };
  }

  /**
   * What earlier pages left for a history, under whatever name its file had then: of the documents whose names begin
   * with `prefix`. Rows that hold edits of other histories as well are not listed in `ids`: they are to stay.
   */
  async loadHistory(prefix: string, historyId: string): Promise<{ records: PendingRecord[]; ids: string[] }> {
    const isOfIt = (record: PendingRecord) => record.historyId === historyId;
    const rows = await this.rows(
      (name) => name.startsWith(prefix),
      () => IDBKeyRange.bound(prefix, `${prefix}\uffff`),
    );
    return {
      records: rows.flatMap((row) => row.records.filter(isOfIt)),
      ids: rows.filter((row) => row.records.every(isOfIt)).map((row) => row.id),
    };
  }

  private async rows(fits: (document: string) => boolean, range: () => IDBKeyRange): Promise<Row[]> {
    const rows = this.lastMinute(fits);
    try {
      const database = await this.open();
      const index = database.transaction(STORE).objectStore(STORE).index("document");
      rows.push(...(await settled(index.getAll(range()) as IDBRequest<Row[]>)));
    } catch (error) {
      console.warn("Edits kept in this browser could not be read.", error);
    }
    return rows.sort((a, b) => a.at - b.at);
  }

  /** Replaces what this page keeps for the document. Rejects when it cannot be kept. */
  async keep(document: string, records: PendingRecord[]): Promise<void> {
    if (sizeOf(records) > MAX_RECORD_BYTES) throw new Error("The waiting changes are too large to keep.");
    const row: Row = { id: this.rowId(document), document, at: Date.now(), records };
    await this.change((store) => store.put(row));
  }

  /** Writes before the page is gone what is small enough; says whether it did. */
  keepLastMinute(document: string, records: PendingRecord[]): boolean {
    if (sizeOf(records) > MAX_LAST_MINUTE_BYTES) return false;
    const rows = records.map((record) => ({ ...record, update: toText(record.update) }));
    try {
      localStorage.setItem(PREFIX + this.rowId(document), JSON.stringify({ document, at: Date.now(), records: rows }));
      return true;
    } catch {
      return false;
    }
  }

  /** Everything is acknowledged: this page's row and the rows it took over go. */
  async forget(document: string, ids: readonly string[]): Promise<void> {
    const all = [this.rowId(document), ...ids];
    for (const id of all) localStorage.removeItem(PREFIX + id);
    await this.change((store) => {
      for (const id of all) store.delete(id);
    });
  }

  /** For signing out: nothing of what was typed stays in this browser. */
  async forgetEverything(): Promise<void> {
    for (const key of keysOfLastMinute()) localStorage.removeItem(key);
    await this.change((store) => store.clear());
  }

  /** The row in which this page keeps edits of a document. */
  rowId(document: string): string {
    return `${document}#${this.id}`;
  }

  private lastMinute(fits: (document: string) => boolean): Row[] {
    const rows: Row[] = [];
    for (const key of keysOfLastMinute()) {
      try {
        const row = JSON.parse(localStorage.getItem(key) ?? "") as Omit<Row, "id" | "records"> & {
          records: (Omit<PendingRecord, "update"> & { update: string })[];
        };
        if (!fits(row.document)) continue;
        const records = row.records.map((record) => ({ ...record, update: fromText(record.update) }));
        rows.push({ id: key.slice(PREFIX.length), document: row.document, at: row.at, records });
      } catch {
        localStorage.removeItem(key);
      }
    }
    return rows;
  }

  private open(): Promise<IDBDatabase> {
    this.database ??= openDatabase().catch((error: unknown) => {
      this.database = null;
      throw error;
    });
    return this.database;
  }

  private async change(act: (store: IDBObjectStore) => void): Promise<void> {
    const transaction = (await this.open()).transaction(STORE, "readwrite");
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("The store is closed."));
    });
    act(transaction.objectStore(STORE));
    await done;
  }
}

function keysOfLastMinute(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

async function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore(STORE, { keyPath: "id" });
    store.createIndex("document", "document");
    store.createIndex("at", "at");
  };
  const database = await settled(request);
  // Another version of the page may want to change the store: do not stand in its way.
  database.onversionchange = () => database.close();
  const old = database.transaction(STORE, "readwrite").objectStore(STORE).index("at");
  const cursor = old.openCursor(IDBKeyRange.upperBound(Date.now() - MAX_AGE_MS));
  cursor.onsuccess = () => {
    cursor.result?.delete();
    cursor.result?.continue();
  };
  return database;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function sizeOf(records: readonly PendingRecord[]): number {
  return records.reduce((sum, { update, base, text }) => sum + update.length + 2 * (base.length + text.length), 0);
}

function toText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromText(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
