import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TextQuery } from "../protocol/generated";
import { FIRST_BACKOFF_MS } from "./backoff";
import { FindSocket } from "./find";
import { ScriptedSocket, sockets } from "./scripted-socket.test-support";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  sockets.length = 0;
  vi.useRealTimers();
});
const last = () => sockets.at(-1) as ScriptedSocket;
const QUERY: TextQuery = { text: "x" };
const made = () => new FindSocket("p", { url: "ws://test/", WebSocket: ScriptedSocket.type });

function asked(find: FindSocket, query = QUERY) {
  const heard: string[] = [];
  find.find(query, 0, {
    onFiles: (files) => heard.push(...files.map((file) => file.path)),
    onDone: () => heard.push("done"),
    onError: (error) => heard.push(error.code),
  });
  return heard;
}
const found = (id: number, path: string) => ({ type: "found", id, files: [{ path, digest: "", count: 0, lines: [] }] });

it("hears of its newest search only", () => {
  const find = made();
  last().open();
  const first = asked(find);
  const second = asked(find, { text: "y" });
  last().receive(found(1, "old"));
  last().receive(found(2, "new"));
  last().receive({ type: "done", id: 1, files: 0, matches: 0, began_at: 0 });
  last().receive({ type: "done", id: 2, files: 1, matches: 0, began_at: 0 });
  expect([first, second]).toEqual([[], ["new", "done"]]);
  find.close();
});

it("asks when there is a connection, and again when it was lost before anything came", () => {
  const find = made();
  const heard = asked(find);
  expect(last().sent).toEqual([]);
  last().open();
  last().lose();
  vi.advanceTimersByTime(FIRST_BACKOFF_MS);
  last().open();
  expect(last().sent).toEqual([{ type: "find", id: 1, query: QUERY, context: 0 }]);
  last().receive({ type: "failed", id: 1, error: { code: "invalid_value", message: "no" } });
  expect(heard).toEqual(["invalid_value"]);
  find.close();
});

it("says that a search was cut off, and that one may not", () => {
  const find = made();
  last().open();
  const heard = asked(find);
  last().receive(found(1, "a"));
  last().lose();
  expect(heard).toEqual(["a", "unavailable"]);
  vi.advanceTimersByTime(FIRST_BACKOFF_MS);
  last().open();
  expect(last().sent).toEqual([]);
  const refused = asked(find);
  last().lose(4403);
  expect(refused).toEqual(["unavailable"]);
  find.close();
});
