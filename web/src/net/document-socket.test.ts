import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Hello } from "../protocol/generated";
import { DocumentClient } from "../sync/document-client";
import { encodeControl } from "../sync/messages";
import { DocumentSocket, documentUrl, LOST_AFTER_MS, PROBE_AFTER_MS } from "./document-socket";

const hello: Hello = { type: "hello", history_id: "h", version: 0, saved_version: 0, read_only: false };

/** A WebSocket whose other end is the test. */
class Line {
  readyState: number = WebSocket.CONNECTING;
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Uint8Array[] = [];
  closed = false;

  send(frame: Uint8Array): void {
    this.sent.push(frame);
  }
  close(): void {
    this.closed = true;
    this.readyState = WebSocket.CLOSED;
  }
  accept(): void {
    this.readyState = WebSocket.OPEN;
    this.onopen?.();
    this.deliver(encodeControl(hello));
  }
  deliver(frame: Uint8Array): void {
    this.onmessage?.({ data: frame.slice().buffer as ArrayBuffer });
  }
  drop(code: number): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.({ code });
  }
}

function start() {
  const lines: Line[] = [];
  const client = new DocumentClient({ now: Date.now });
  const socket = new DocumentSocket(client, {
    url: "ws://studium/projects/p/documents/a",
    connect: () => {
      const line = new Line();
      lines.push(line);
      return line as unknown as WebSocket;
    },
    random: () => 1,
  });
  socket.start();
  const last = () => lines[lines.length - 1] as Line;
  return { client, socket, lines, last };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("no network")));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("documentUrl", () => {
  it("encodes each name on its own", () => {
    expect(documentUrl("p", "a b/100%/é?.py", "https://host:1")).toBe(
      "wss://host:1/projects/p/documents/a%20b/100%25/%C3%A9%3F.py",
    );
  });
});

describe("DocumentSocket", () => {
  it("waits longer after each loss, and not after a greeting", () => {
    const { client, lines, last } = start();
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      last().drop(1006);
      const count = lines.length;
      let waited = 0;
      for (; lines.length === count; waited += 50) vi.advanceTimersByTime(50);
      pauses.push(waited);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    last().accept();
    expect(client.saveState.online).toBe(true);
    last().drop(1012);
    expect(client.saveState.online).toBe(false);
    vi.advanceTimersByTime(100);
    expect(lines).toHaveLength(10);
  });

  it("tries at once when the browser is back online, and lets go when it goes offline", () => {
    const { client, lines, last } = start();
    last().accept();
    window.dispatchEvent(new Event("offline"));
    expect(client.saveState.online).toBe(false);
    expect(last().closed).toBe(true);
    vi.advanceTimersByTime(50);
    window.dispatchEvent(new Event("online"));
    expect(lines).toHaveLength(2);
  });

  it("takes silence for loss, after asking", () => {
    const { lines, last } = start();
    last().accept();
    const before = last().sent.length;
    vi.advanceTimersByTime(PROBE_AFTER_MS + 5_000);
    expect(last().sent.length).toBeGreaterThan(before);
    last().deliver(encodeControl({ type: "saved", version: 0 }));
    vi.advanceTimersByTime(LOST_AFTER_MS - 5_000);
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(lines.length).toBeGreaterThan(1);
  });

  it.each([
    [4401, "not_signed_in"],
    [4403, "not_permitted"],
    [4404, "not_found"],
    [4413, "too_large"],
    [4415, "not_text"],
  ])("stops at %i and tells", (code, name) => {
    const { client, lines, last } = start();
    last().accept();
    last().drop(code);
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
    expect(client.saveState).toMatchObject({ kind: "failed", error: { code: name } });
  });

  it("prefers the server's own sentence", () => {
    const { client, last } = start();
    last().readyState = WebSocket.OPEN;
    last().onopen?.();
    const error = { code: "not_text" as const, message: "plot.dat is not a text file." };
    last().deliver(encodeControl({ type: "failed", error }));
    last().drop(4415);
    expect(client.saveState.error).toEqual(error);
  });

  it("asks why when it is refused again and again", async () => {
    const error = { code: "not_signed_in", message: "Sign in first." };
    vi.stubGlobal("fetch", vi.fn().mockResolvedValue({ ok: false, json: async () => ({ error }) }));
    const { client, lines, last } = start();
    for (let round = 0; round < 3; round++) {
      last().drop(1006);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(client.saveState).toMatchObject({ kind: "failed", error });
    const count = lines.length;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(lines).toHaveLength(count);
  });

  it("connects anew after bytes that are no frame", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { lines, last } = start();
    last().accept();
    last().deliver(new Uint8Array([0, 9, 0]));
    vi.advanceTimersByTime(200);
    expect(lines).toHaveLength(2);
  });
});
