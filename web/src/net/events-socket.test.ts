import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FIRST_BACKOFF_MS, MAX_BACKOFF_MS } from "./backoff";
import { EventsSocket } from "./events-socket";
import { paused } from "./paused";
import { ScriptedSocket, sockets } from "./scripted-socket.test-support";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  sockets.length = 0;
  vi.useRealTimers();
});
const last = () => sockets.at(-1) as ScriptedSocket;
const open = (onNotPermitted = () => {}) => {
  const events = new EventsSocket("p", { url: "ws://test/", WebSocket: ScriptedSocket.type, onNotPermitted });
  last().open();
  return events;
};

describe("live directories", () => {
  it("subscribes once a folder, however many ask", () => {
    const events = open();
    const heard: string[] = [];
    const stops = [events.subscribe("a", () => heard.push("1")), events.subscribe("a", () => heard.push("2"))];
    expect(last().sent).toEqual([{ type: "subscribe", path: "a" }]);
    last().receive({ type: "directory", path: "a", entries: [] });
    expect(heard).toEqual(["1", "2"]);
    for (const stop of stops) stop();
    expect(last().sent.at(-1)).toEqual({ type: "unsubscribe", path: "a" });
    events.close();
  });

  it("asks for its folders again after a reconnect", () => {
    const events = open();
    events.subscribe("", () => {});
    events.subscribe("a/b", () => {});
    last().lose();
    vi.advanceTimersByTime(FIRST_BACKOFF_MS);
    last().open();
    expect(last().sent).toEqual([
      { type: "subscribe", path: "" },
      { type: "subscribe", path: "a/b" },
    ]);
    events.close();
  });

  it("hears who is in which file, again after a reconnect", () => {
    const events = open();
    const heard: number[] = [];
    events.followPeople((people) => heard.push(people.length));
    expect(last().sent).toEqual([{ type: "follow_people" }]);
    last().receive({ type: "people", people: [{ path: "a", account_id: "b", name: "Bob", colour: 1 }] });
    expect(heard).toEqual([1]);
    last().lose();
    vi.advanceTimersByTime(FIRST_BACKOFF_MS);
    last().open();
    expect(last().sent).toEqual([{ type: "follow_people" }]);
    events.close();
  });

  it("stays closed for somebody who is not in the project any more", () => {
    const onNotPermitted = vi.fn();
    open(onNotPermitted);
    last().lose(4403);
    vi.advanceTimersByTime(10 * MAX_BACKOFF_MS);
    expect(onNotPermitted).toHaveBeenCalledOnce();
    expect(sockets).toHaveLength(1);
  });

  it("rests while its project is stopped", () => {
    const events = open();
    events.subscribe("", () => {});
    paused.set(new Set(["p"]));
    expect(events.connection.state.get()).toBe("paused");
    const before = sockets.length;
    window.dispatchEvent(new Event("online"));
    vi.advanceTimersByTime(10 * MAX_BACKOFF_MS);
    expect(sockets).toHaveLength(before);
    paused.set(new Set());
    last().open();
    expect(last().sent).toEqual([{ type: "subscribe", path: "" }]);
    events.close();
  });
});
