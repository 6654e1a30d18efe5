/**
 * Edits that no server has acknowledged, kept in the browser: closing the tab, or its crash, while offline loses nothing.
 *
 * Two places. IndexedDB holds what has waited for a moment. What is younger when the page is left goes to `localStorage`,
 * the only store that is written before the page is gone; the next page moves it over. Both are emptied as soon as
 * everything is acknowledged.
 *
 * A row belongs to the page that wrote it, for as long as that lives (`living-pages.ts`); then to the first page that
 * opens the document. Others may read it too: that changes nothing within one history, and across histories, where it
 * would enter text twice, the document client takes only what its page owns.
 */
import type { PendingRecord } from "../sync/pending";
import { LivingPages } from "./living-pages";

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
  id: string;
  document: string;
  /** The page that enters it into another history, should there be one. */
  owner: string;
  at: number;
  records: PendingRecord[];
  /** Rows whose records are in this one. */
  replaces: string[];
}

/** Edits that are to be entered, and the rows that this page took over with them. */
export interface Kept {
  records: PendingRecord[];
  ids: string[];
}

export class DocumentStorage {
  private readonly pages = new LivingPages();
  private database: Promise<IDBDatabase> | null = null;

  /**
   * What other pages left for a document, and this one when it had it open before, the newest last. Rows stay until
   * `forget` or `keep`, so that a crash meanwhile loses nothing.
   */
  async load(document: string): Promise<Kept> {
    return await this.adopt(document, document, (row) => row.document === document);
  }

  /**
   * What other pages left for a history, under whatever name its file had then: of the documents whose names begin with
   * `prefix`, but for rows that this page has `adopted`. Rows that hold edits of other histories as well stay where they
   * are.
   */
  async loadHistory(document: string, prefix: string, historyId: string, adopted: readonly string[]): Promise<Kept> {
    const isOfIt = (record: PendingRecord) => record.historyId === historyId;
    const known = new Set([this.rowId(document), ...adopted]);
    const fits = (row: Row) => !known.has(row.id) && row.document.startsWith(prefix) && row.records.some(isOfIt);
    const kept = await this.adopt(document, prefix, fits, (row) => row.records.every(isOfIt));
    return { ...kept, records: kept.records.filter(isOfIt) };
  }

  private async adopt(
    document: string,
    prefix: string,
    fits: (row: Row) => boolean,
    whole: (row: Row) => boolean = () => true,
  ): Promise<Kept> {
    // One page at a time: two that open a document at once must not both take over what a third one left.
    return await this.pages.alone(`adopt ${document}`, async () => {
      const living = await this.pages.living();
      const free = (row: Row) => whole(row) && (row.owner === this.pages.own || !living.has(row.owner));
      const rows = new Map<string, Row>();
      for (const row of [...(await this.kept(prefix)), ...lastMinute(fits)]) {
        const other = rows.get(row.id);
        if (fits(row) && (!other || other.at <= row.at)) rows.set(row.id, row);
      }
      for (const id of [...rows.values()].flatMap((row) => row.replaces)) rows.delete(id);
      const sorted = [...rows.values()].sort((a, b) => a.at - b.at);
      const mine = sorted.filter(free);
      await this.takeOver(mine);
      const others = sorted.filter((row) => !free(row));
      const shared = others.flatMap((row) => row.records.map((record) => ({ ...record, shared: true })));
      const ids = mine.map((row) => row.id).filter((id) => id !== this.rowId(document));
      return { records: [...shared, ...mine.flatMap((row) => row.records)], ids };
    });
  }

  /** What waits for all documents whose name begins so, whoever keeps it. */
  async waiting(prefix: string): Promise<{ document: string; records: PendingRecord[] }[]> {
    const rows = new Map(lastMinute(() => true).map((row) => [row.id, row]));
    for (const row of await this.kept(prefix)) if ((rows.get(row.id)?.at ?? 0) < row.at) rows.set(row.id, row);
    return [...rows.values()].filter((row) => row.document.startsWith(prefix));
  }

  /** Replaces what this page keeps for the document, and the rows whose records it entered. Rejects when it cannot. */
  async keep(document: string, records: PendingRecord[], adopted: readonly string[]): Promise<void> {
    if (sizeOf(records) > MAX_RECORD_BYTES) throw new Error("The waiting changes are too large to keep.");
    const row = this.row(document, records, []);
    const removeOld = remembered([row.id, ...adopted]);
    await this.change((store) => {
      store.put(row);
      for (const id of adopted) store.delete(id);
    });
    removeOld();
  }

  /** Writes before the page is gone what is small enough; says whether it did. */
  keepLastMinute(document: string, records: PendingRecord[], adopted: readonly string[]): boolean {
    if (sizeOf(records) > MAX_LAST_MINUTE_BYTES) return false;
    return writeLastMinute(this.row(document, records, [...adopted]));
  }

  /** Everything is acknowledged: this page's row and the rows it took over go. */
  async forget(document: string, ids: readonly string[]): Promise<void> {
    const all = [this.rowId(document), ...ids];
    for (const id of all) removeItem(PREFIX + id);
    await this.change((store) => {
      for (const id of all) store.delete(id);
    });
  }

  /** For signing out: nothing of what was typed stays in this browser. */
  async forgetEverything(): Promise<void> {
    for (const key of keysOfLastMinute()) removeItem(key);
    await this.change((store) => store.clear());
  }

  /** The row in which this page keeps edits of a document. */
  rowId(document: string): string {
    return `${document}#${this.pages.own}`;
  }

  private row(document: string, records: PendingRecord[], replaces: string[]): Row {
    return { id: this.rowId(document), document, owner: this.pages.own, at: Date.now(), records, replaces };
  }

  private async kept(prefix: string): Promise<Row[]> {
    try {
      const index = (await this.open()).transaction(STORE).objectStore(STORE).index("document");
      const rows = index.getAll(IDBKeyRange.bound(prefix, `${prefix}\uffff`));
      return (await settled(rows as IDBRequest<Row[]>)).map(complete);
    } catch (error) {
      console.warn("Edits kept in this browser could not be read.", error);
      return [];
    }
  }

  private async takeOver(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const taken = rows.map((row) => ({ ...row, owner: this.pages.own }));
    const removeOld = remembered(taken.flatMap((row) => [row.id, ...row.replaces]));
    try {
      await this.change((store) => {
        for (const row of taken) {
          store.put(row);
          for (const id of row.replaces) store.delete(id);
        }
      });
      removeOld();
    } catch {
      for (const row of taken) writeLastMinute(row);
    }
  }

  private open(): Promise<IDBDatabase> {
    this.database ??= openDatabase(() => {
      this.database = null;
    }).catch((error: unknown) => {
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

/** A row as it may have been written by an earlier version of the page. */
function complete(row: Row): Row {
  return { ...row, owner: row.owner ?? row.id.slice(row.id.lastIndexOf("#") + 1), replaces: row.replaces ?? [] };
}

function writeLastMinute(row: Row): boolean {
  const records = row.records.map((record) => ({ ...record, update: toText(record.update) }));
  try {
    localStorage.setItem(PREFIX + row.id, JSON.stringify({ ...row, records }));
    return true;
  } catch {
    return false;
  }
}

/** Those rows in `localStorage`. */
function lastMinute(fits: (row: Row) => boolean): Row[] {
  const rows: Row[] = [];
  for (const key of keysOfLastMinute()) {
    try {
      const row = JSON.parse(localStorage.getItem(key) ?? "") as Omit<Row, "records"> & {
        records: (Omit<PendingRecord, "update"> & { update: string })[];
      };
      const records = row.records.map((record) => ({ ...record, update: fromText(record.update) }));
      rows.push(complete({ ...row, id: key.slice(PREFIX.length), records }));
    } catch {
      removeItem(key);
    }
  }
  return rows.filter(fits);
}

function keysOfLastMinute(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

/**
 * Looks at rows in `localStorage`; the function removes those that are still the same. While IndexedDB writes, the page
 * may be left, and what is written at that moment is newer.
 */
function remembered(ids: readonly string[]): () => void {
  const before = ids.map((id) => [PREFIX + id, item(PREFIX + id)] as const);
  return () => {
    for (const [key, text] of before) if (item(key) === text) removeItem(key);
  };
}

function item(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // Forbidden.
  }
}

/** A browser that forbids the page its storage has nothing to remove. */
function removeItem(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Forbidden.
  }
}

async function openDatabase(onClosed: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore(STORE, { keyPath: "id" });
    store.createIndex("document", "document");
    store.createIndex("at", "at");
  };
  const database = await settled(request);
  // Another version of the page may want to change the store: do not stand in its way.
  database.onversionchange = () => {
    database.close();
    onClosed();
  };
  // The person cleared the site's data, or the disk failed: the next write opens it anew.
  database.onclose = onClosed;
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
