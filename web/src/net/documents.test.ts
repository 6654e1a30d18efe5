import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import type { Hello } from "../protocol/generated";
import { encodeControl, encodeStep1, encodeStep2 } from "../sync/messages";
import { documentsMoved, type OpenDocument, openDocument, openDocuments, unsentTexts } from "./documents";
import { paused } from "./paused";

const hello: Hello = { type: "hello", history_id: "h", version: 0, saved_version: 0, read_only: false };
const EMPTY = new Uint8Array([0, 0]);

/** A server that greets and takes, and acknowledges when the test says so. */
class Line {
  static all: Line[] = [];
  static history = "h";
  readyState = 1;
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent = 0;
  constructor(readonly url: string) {
    Line.all.push(this);
    const { history } = Line;
    queueMicrotask(() => {
      this.onopen?.();
      for (const frame of [
        encodeControl({ ...hello, history_id: history }),
        encodeStep2(EMPTY),
        encodeStep1(new Uint8Array([0])),
      ])
        this.give(frame);
    });
  }
  give(frame: Uint8Array): void {
    this.onmessage?.({ data: frame.slice().buffer as ArrayBuffer });
  }
  acknowledge(): void {
    this.give(encodeControl({ type: "acknowledged", count: 1_000, version: 1 }));
  }
  lose(): void {
    this.readyState = 3;
    this.onclose?.({ code: 1006 });
  }
  send(): void {
    this.sent++;
  }
  close(): void {
    this.readyState = 3;
  }
}
const last = () => Line.all[Line.all.length - 1] as Line;

async function opened(path: string, history = "h"): Promise<OpenDocument> {
  Line.history = history;
  const document = openDocument("p", path, "ada");
  await vi.advanceTimersByTimeAsync(0);
  Line.history = "h";
  return document;
}

/** Leaves "kept" in the browser, as a page does that is closed in the moment after it was typed. */
async function keptEdits(path: string): Promise<void> {
  const document = await opened(path);
  document.client.text.insert(0, "kept");
  window.dispatchEvent(new Event("pagehide"));
  const left = Object.entries(localStorage);
  last().acknowledge();
  await vi.advanceTimersByTimeAsync(0);
  document.release();
  await vi.advanceTimersByTimeAsync(5_000);
  for (const [key, value] of left) localStorage.setItem(key, value as string);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Object.assign(Line, { OPEN: 1 }));
  // This environment has no IndexedDB: the last-minute store is all there is.
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  localStorage.clear();
  Line.all = [];
});

describe("open documents", () => {
  it("are shared, and closed a while after the last has left", async () => {
    const first = await opened("shared.py");
    const second = openDocument("p", "shared.py", "ada");
    expect(second).toBe(first);
    expect(Line.all).toHaveLength(1);
    first.release();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(openDocuments()).toHaveLength(1);
    second.release();
    await vi.advanceTimersByTimeAsync(500);
    expect(openDocument("p", "shared.py", "ada")).toBe(first);
    first.release();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(openDocuments()).toHaveLength(0);
  });

  it("close only when what was typed is acknowledged", async () => {
    const document = await opened("late.py");
    document.client.text.insert(0, "x");
    document.release();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(openDocuments()).toHaveLength(1);
    last().acknowledge();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(openDocuments()).toHaveLength(0);
  });

  it("keep what is typed in the last moment, for the next page of the same person", async () => {
    const document = await opened("left.py");
    document.client.text.insert(0, "typed");
    window.dispatchEvent(new Event("pagehide"));
    expect(Object.keys(localStorage)).toHaveLength(1);
    last().acknowledge();
    await vi.advanceTimersByTimeAsync(100);
    expect(Object.keys(localStorage)).toHaveLength(0);
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("take over what a tab kept that was closed meanwhile, when the connection is back", async () => {
    const document = await opened("two-tabs.py");
    last().lose();
    const other = new Y.Doc();
    other.getText("source").insert(0, "kept");
    const update = btoa(String.fromCharCode(...Y.encodeStateAsUpdate(other)));
    const row = { document: "ada/p/two-tabs.py", at: 0, records: [{ historyId: "h", update, base: "", text: "kept" }] };
    localStorage.setItem("studium-pending:ada/p/two-tabs.py#other", JSON.stringify(row));
    expect(document.client.text.toString()).toBe("");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(document.client.text.toString()).toBe("kept");
    last().acknowledge();
    await vi.advanceTimersByTimeAsync(100);
    expect(Object.keys(localStorage)).toHaveLength(0);
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("ask before the page is left only when changes wait and cannot be kept", async () => {
    const document = await opened("full.py");
    const leave = () => {
      const event = new Event("beforeunload", { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(leave()).toBe(false);
    document.client.text.insert(0, "typed");
    expect(leave()).toBe(false);
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    expect(leave()).toBe(false);
    document.client.text.insert(0, "more");
    expect(leave()).toBe(true);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(document.unkept.get()).toBe(true);
    last().acknowledge();
    expect(leave()).toBe(false);
    expect(document.unkept.get()).toBe(false);
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("are kept at once while there is no connection", async () => {
    const document = await opened("offline.py");
    last().lose();
    document.client.text.insert(0, "typed");
    await vi.advanceTimersByTimeAsync(30);
    expect(Object.keys(localStorage)).toHaveLength(1);
    expect(await unsentTexts("p", "ada")).toEqual(new Map([["offline.py", "typed"]]));
    expect(await unsentTexts("p", "bob")).toEqual(new Map());
    await vi.advanceTimersByTimeAsync(1_000);
    last().acknowledge();
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await unsentTexts("p", "ada")).toEqual(new Map());
  });

  it("leave while the browser freezes the page, and come back with it", async () => {
    const asleep = await opened("asleep.py");
    document.dispatchEvent(new Event("freeze"));
    expect(asleep.client.saveState.online).toBe(false);
    const before = Line.all.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Line.all).toHaveLength(before);
    document.dispatchEvent(new Event("resume"));
    await vi.advanceTimersByTimeAsync(10);
    expect(asleep.client.saveState.online).toBe(true);
    asleep.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("go along when their file is renamed, with what waits in them", async () => {
    const document = await opened("old/name.py");
    document.client.text.insert(0, "typed");
    window.dispatchEvent(new Event("pagehide"));
    documentsMoved("p", (path) => (path === "old/name.py" ? "new/name.py" : null));
    expect(openDocument("p", "new/name.py", "ada")).toBe(document);
    last().lose();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(last().url).toContain("/documents/new/name.py");
    last().acknowledge();
    await vi.advanceTimersByTimeAsync(100);
    expect(Object.keys(localStorage)).toHaveLength(0);
    document.release();
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("go along when the server says that somebody renamed their file", async () => {
    const document = await opened("draft.txt");
    last().give(encodeControl({ type: "moved", path: "final.txt" }));
    expect(document.path).toBe("final.txt");
    expect(openDocument("p", "final.txt", "ada")).toBe(document);
    document.release();
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("say which history they hold when they come back, and go where it lives", async () => {
    const document = await opened("away.txt");
    expect(last().url).toMatch(/\/documents\/away\.txt$/);
    document.client.text.insert(0, "typed");
    last().lose();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(last().url).toMatch(/\/documents\/away\.txt\?history=h$/);
    last().give(encodeControl({ type: "moved", path: "found.txt" }));
    last().lose();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(last().url).toMatch(/\/documents\/found\.txt\?history=h$/);
    last().acknowledge();
    expect(document.client.waiting).toBe(0);
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("hear of the same place again after a renaming of this page", async () => {
    const document = await opened("one.txt");
    last().give(encodeControl({ type: "moved", path: "two.txt" }));
    documentsMoved("p", (path) => (path === "two.txt" ? "three.txt" : null));
    expect(document.path).toBe("three.txt");
    last().give(encodeControl({ type: "moved", path: "two.txt" }));
    expect(document.path).toBe("two.txt");
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("ask for the history of kept edits, and take them along to where it lives", async () => {
    await keptEdits("was.txt");
    const document = openDocument("p", "was.txt", "ada");
    await vi.advanceTimersByTimeAsync(0);
    expect(last().url).toMatch(/\/documents\/was\.txt\?history=h$/);
    last().give(encodeControl({ type: "moved", path: "is.txt" }));
    expect(document.path).toBe("is.txt");
    expect(document.client.text.toString()).toBe("kept");
    last().acknowledge();
    await vi.advanceTimersByTimeAsync(100);
    expect(Object.keys(localStorage)).toHaveLength(0);
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("find edits that were kept under another name of their history", async () => {
    await keptEdits("before.txt");
    const other = await opened("other.txt", "another history");
    expect(other.client.text.toString()).toBe("");
    const document = await opened("after.txt");
    expect(last().url).toMatch(/\/documents\/after\.txt$/);
    expect(document.client.text.toString()).toBe("kept");
    last().acknowledge();
    await vi.advanceTimersByTimeAsync(100);
    expect(Object.keys(localStorage)).toHaveLength(0);
    for (const each of [other, document]) each.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it("rest while their project is stopped, and send what waited when it runs", async () => {
    const document = await opened("stopped.py");
    paused.set(new Set(["p"]));
    const before = Line.all.length;
    document.client.text.insert(0, "typed");
    window.dispatchEvent(new Event("online"));
    document.retry();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Line.all).toHaveLength(before);
    expect(document.client.saveState).toMatchObject({ kind: "waiting", waiting: 1, online: false });
    paused.set(new Set());
    await vi.advanceTimersByTimeAsync(10);
    expect(document.client.saveState.online).toBe(true);
    last().acknowledge();
    expect(document.client.waiting).toBe(0);
    document.release();
    await vi.advanceTimersByTimeAsync(5_000);
  });
});
