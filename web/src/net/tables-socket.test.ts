import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoff, FIRST_BACKOFF_MS, MAX_BACKOFF_MS } from "./backoff";
import { ScriptedSocket, sockets } from "./scripted-socket.test-support";
import { TablesSocket } from "./tables-socket";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  sockets.length = 0;
  vi.useRealTimers();
});

function opened() {
  const tables = new TablesSocket({ url: "ws://test/", WebSocket: ScriptedSocket.type, random: () => 0.5 });
  last().open();
  return tables;
}
const last = () => sockets.at(-1) as ScriptedSocket;
const QUERY = { projects: [{ project_id: null }] };
function watcher() {
  const events: unknown[] = [];
  return {
    events,
    onSnapshot: (rows: unknown) => events.push(["snapshot", rows]),
    onChange: (change: { seq: number }) => events.push(["change", change.seq]),
    onError: (error: Error) => events.push(["error", error.message]),
  };
}

describe("the tables plane", () => {
  it("counts its ids from a random start", () => {
    const tables = opened();
    tables.get(QUERY).catch(() => {});
    expect(last().sent[0]?.id).toBe(2 ** 47);
    tables.close();
  });

  it("resumes a feed after a reconnect, and drops what it has seen", () => {
    const tables = opened();
    const seen = watcher();
    tables.feed(QUERY, [], seen);
    const id = last().sent[0]?.id;
    last().receive({ id, result: { projects: [] }, seq: 0 });
    last().receive({ id, seq: 1, action: "insert", new: {} });
    last().lose();
    vi.advanceTimersByTime(FIRST_BACKOFF_MS);
    expect(sockets).toHaveLength(2);
    last().open();
    expect(last().sent[0]).toMatchObject({ resume: id, seq: 1, query: QUERY, changes: true });
    const next = last().sent[0]?.id;
    expect(next).not.toBe(id);
    last().receive({ id: next, seq: 1 });
    last().receive({ id: next, seq: 1, action: "insert", new: {} });
    last().receive({ id: next, seq: 2, action: "insert", new: {} });
    expect(seen.events).toEqual([
      ["snapshot", []],
      ["change", 1],
      ["change", 2],
    ]);
    tables.close();
  });

  it("takes a fresh snapshot when what was missed is not known any more", () => {
    const tables = opened();
    const seen = watcher();
    tables.feed(QUERY, [], seen);
    last().receive({ id: last().sent[0]?.id, result: { projects: [] }, seq: 7 });
    last().lose();
    vi.advanceTimersByTime(FIRST_BACKOFF_MS);
    last().open();
    const id = last().sent[0]?.id;
    last().receive({ id, result: { projects: [{ project_id: "p" }] }, seq: 0, reset: true });
    last().receive({ id, seq: 1, action: "insert", new: {} });
    expect(seen.events.slice(1)).toEqual([
      ["snapshot", [{ project_id: "p" }]],
      ["change", 1],
    ]);
    tables.close();
  });

  it("asks a get again after a reconnect, and fails a set that may have been done", async () => {
    const tables = opened();
    const got = tables.get(QUERY);
    const set = tables.set({ projects: { title: "x" } });
    last().lose();
    await expect(set).rejects.toThrow("cannot be reached");
    vi.advanceTimersByTime(FIRST_BACKOFF_MS);
    last().open();
    expect(last().sent).toHaveLength(1);
    last().receive({ id: last().sent[0]?.id, result: { projects: [1] } });
    expect(await got).toEqual({ projects: [1] });
    tables.close();
  });

  it("ends a cancelled feed", () => {
    const tables = opened();
    const seen = watcher();
    const cancel = tables.feed(QUERY, [], seen);
    const id = last().sent[0]?.id;
    cancel();
    expect(last().sent[1]).toEqual({ id, cancel: true });
    last().receive({ id, action: "close" });
    last().receive({ id, seq: 1, action: "insert", new: {} });
    expect(seen.events).toEqual([]);
    expect(tables.statistics().feeds).toBe(0);
    tables.close();
  });

  it("does not come back when the session has ended", () => {
    const onSignedOut = vi.fn();
    new TablesSocket({ url: "ws://test/", WebSocket: ScriptedSocket.type, onSignedOut });
    last().open();
    last().lose(4401);
    vi.advanceTimersByTime(10 * MAX_BACKOFF_MS);
    expect(sockets).toHaveLength(1);
    expect(onSignedOut).toHaveBeenCalledOnce();
  });
});

describe("backing off", () => {
  it("grows to its bound, with jitter over the upper half", () => {
    expect(backoff(0, () => 0)).toBe(200);
    expect(backoff(0, () => 1)).toBe(400);
    expect(backoff(50, () => 1)).toBe(MAX_BACKOFF_MS);
  });
});
