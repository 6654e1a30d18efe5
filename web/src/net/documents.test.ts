import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Hello } from "../protocol/generated";
import { encodeControl, encodeStep1, encodeStep2 } from "../sync/messages";
import { documentsMoved, type OpenDocument, openDocument, openDocuments, unsentTexts } from "./documents";
import { paused } from "./paused";

const hello: Hello = { type: "hello", history_id: "h", version: 0, saved_version: 0, read_only: false };
const EMPTY = new Uint8Array([0, 0]);

/** A server that greets and takes, and acknowledges when the test says so. */
class Line {
  static all: Line[] = [];
  readyState = 1;
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent = 0;
  constructor(readonly url: string) {
    Line.all.push(this);
    queueMicrotask(() => {
      this.onopen?.();
      for (const frame of [encodeControl(hello), encodeStep2(EMPTY), encodeStep1(new Uint8Array([0]))])
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

async function opened(path: string): Promise<OpenDocument> {
  const document = openDocument("p", path, "ada");
  await vi.advanceTimersByTimeAsync(0);
  return document;
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
