// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ScriptedSocket, sockets } from "../../net/scripted-socket.test-support";
import type { TerminalStatus } from "../../protocol/generated";
import { TerminalClient } from "./client";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  sockets.length = 0;
  vi.useRealTimers();
});

/** A socket that also takes bytes. */
class TerminalSocket extends ScriptedSocket {
  readonly typed: string[] = [];
  override send(data: string | Uint8Array): void {
    if (typeof data === "string") super.send(data);
    else this.typed.push(new TextDecoder().decode(data));
  }
  bytes(kind: number, text: string): void {
    const body = new TextEncoder().encode(text);
    this.onmessage?.({ data: Uint8Array.of(kind, ...body).buffer as unknown as string });
  }
}

const last = () => sockets.at(-1) as TerminalSocket;
const sent = () => last().sent as unknown as Record<string, unknown>[];
const ADA = { account_id: "ada", name: "Ada Lovelace", colour: 1 };
const BOB = { account_id: "bob", name: "Bob Kahn", colour: 2 };

function status(more: Partial<TerminalStatus> = {}): TerminalStatus {
  return { type: "status", state: "running", columns: 80, rows: 24, people: [ADA], ...more };
}

function open(room = true) {
  const written: string[] = [];
  const drawn: (() => void)[] = [];
  const sizes: string[] = [];
  const client = new TerminalClient({
    projectId: "p",
    path: "shell.term",
    terminalId: "1",
    accountId: "ada",
    url: "ws://test/",
    WebSocket: TerminalSocket as unknown as typeof WebSocket,
    random: () => 0,
    screen: {
      write: (bytes, done) => {
        written.push(new TextDecoder().decode(bytes));
        drawn.push(done);
      },
      resize: (columns, rows) => sizes.push(`${columns}×${rows}`),
    },
    onBell: () => {},
    onOpenFiles: () => {},
    onSaved: () => {},
    onFailed: () => {},
  });
  if (room) client.fits(100, 30);
  last().open();
  return { client, written, drawn, sizes };
}

describe("one terminal", () => {
  it("draws what comes; a screen on a terminal as new", () => {
    const { client, written } = open();
    last().bytes(1, "screen");
    last().bytes(0, "more");
    expect(written).toEqual(["\x18\x1bc", "screen", "more"]);
    client.close();
  });

  it("acknowledges what was drawn, together, and never to another connection", () => {
    const { client, drawn } = open();
    last().bytes(1, "12345");
    last().bytes(0, "678");
    for (const done of drawn) done();
    expect(sent().filter(({ type }) => type === "drawn")).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(sent().filter(({ type }) => type === "drawn")).toEqual([{ type: "drawn", size_bytes: 8 }]);
    last().bytes(0, "x".repeat(20_000));
    drawn.at(-1)?.();
    expect(sent().at(-1)).toEqual({ type: "drawn", size_bytes: 20_000 });
    last().bytes(0, "late");
    last().lose();
    vi.advanceTimersByTime(1_000);
    last().open();
    drawn.at(-1)?.();
    vi.advanceTimersByTime(1_000);
    expect(sent().filter(({ type }) => type === "drawn")).toEqual([]);
    client.close();
  });

  it("sends what is typed, long pastes in parts, and nothing later that was typed without a connection", () => {
    const { client } = open();
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(client.type(bytes("ls\r"))).toBe(true);
    expect(client.type(bytes("y".repeat(70_000)))).toBe(true);
    expect(last().typed.map(({ length }) => length)).toEqual([3, 32_768, 32_768, 4_464]);
    last().lose();
    expect(client.type(bytes("rm -r x\r"))).toBe(false);
    vi.advanceTimersByTime(1_000);
    last().open();
    vi.advanceTimersByTime(10_000);
    expect(last().typed).toEqual([]);
    client.close();
  });
});

describe("what is typed while the program starts", () => {
  it("goes to it once it runs, in order", () => {
    const { client } = open();
    last().receive(status({ state: "starting" }));
    expect(client.type(new TextEncoder().encode("l"))).toBe(true);
    expect(client.type(new TextEncoder().encode("s\r"))).toBe(true);
    expect(last().typed).toEqual([]);
    last().receive(status());
    expect(last().typed).toEqual(["l", "s\r"]);
    client.close();
  });

  it("goes nowhere when it has ended, or the connection has", () => {
    const { client } = open();
    last().receive(status({ state: "starting" }));
    client.type(new TextEncoder().encode("rm x\r"));
    last().receive(status({ state: "exited" }));
    last().receive(status({ state: "starting" }));
    client.type(new TextEncoder().encode("rm y\r"));
    last().lose();
    vi.advanceTimersByTime(1_000);
    last().open();
    last().receive(status());
    expect(sockets.flatMap((socket) => (socket as TerminalSocket).typed)).toEqual([]);
    client.close();
  });
});

describe("the size of a terminal", () => {
  it("is that of the server; one's own is told, and taken where nobody else's holds", () => {
    const { client, sizes } = open();
    expect(sent()).toEqual([{ type: "show", columns: 100, rows: 30, active: false }]);
    last().receive(status());
    expect(sizes).toEqual(["80×24"]);
    expect(sent().at(-1)).toEqual({ type: "show", columns: 100, rows: 30, active: true });
    last().receive(status({ columns: 100, rows: 30, sized_by: "ada" }));
    client.fits(90, 20);
    expect(sent().at(-1)).toEqual({ type: "show", columns: 90, rows: 20, active: true });
    client.close();
  });

  it("stays that of somebody who is here, until one takes it", () => {
    const { client } = open();
    last().receive(status({ people: [ADA, BOB], sized_by: "bob" }));
    client.fits(90, 20);
    expect(sent().map(({ active }) => active)).toEqual([false, false]);
    expect([client.rulesSize, client.isOwnSize]).toEqual([false, false]);
    client.takeSize();
    expect(sent().at(-1)).toEqual({ type: "show", columns: 90, rows: 20, active: true });
    client.close();
  });

  it("of somebody who has left holds no more", () => {
    const { client } = open();
    last().receive(status({ people: [ADA], sized_by: "bob" }));
    expect(client.rulesSize).toBe(true);
    client.close();
  });
});
