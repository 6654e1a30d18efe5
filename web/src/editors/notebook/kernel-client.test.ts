// @vitest-environment node
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ScriptedSocket, sockets } from "../../net/scripted-socket.test-support";
import type { CommFrame } from "../../protocol/generated";
import { decodeComm, encodeComm } from "./comm-frames";
import { ANSWER_WITHIN_MS, KernelClient } from "./kernel-client";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  sockets.length = 0;
  vi.useRealTimers();
});

const last = () => sockets.at(-1) as ScriptedSocket;
function open() {
  const failed: string[] = [];
  const kernel = new KernelClient({
    projectId: "p",
    path: "a.ipynb",
    url: "ws://test/",
    WebSocket: ScriptedSocket.type,
    onFailed: (error) => failed.push(error.message),
  });
  last().open();
  return { kernel, failed };
}
const sent = () => last().sent as unknown as { type: string; request_id: string }[];

describe("the kernel of a notebook", () => {
  it("tells its state, and none while there is no connection", () => {
    const { kernel } = open();
    last().receive({ type: "status", state: "busy", running: "c0", queue: ["c1"] });
    expect(kernel.status.get()).toMatchObject({ state: "busy", running: "c0" });
    last().lose();
    expect(kernel.status.get()).toBeNull();
    kernel.close();
  });

  it("gives each request its own answer, in whatever order they come", async () => {
    const { kernel } = open();
    const first = kernel.complete("pri", 3, "c0");
    const second = kernel.inspect("print", 5, 0);
    const [one, two] = sent() as unknown as [{ request_id: string }, { request_id: string }];
    last().receive({ type: "inspection", request_id: two.request_id, data: { "text/plain": "doc" } });
    last().receive({ type: "completions", request_id: one.request_id, matches: ["print"], start: 0, end: 3 });
    expect((await first)?.matches).toEqual(["print"]);
    expect((await second)?.data).toEqual({ "text/plain": "doc" });
    kernel.close();
  });

  it("passes on what code of the console puts out, until it is done or cannot be", async () => {
    const { kernel, failed } = open();
    const seen: unknown[] = [];
    const done = kernel.runCode("1", (output) => seen.push(output));
    await vi.advanceTimersByTimeAsync(ANSWER_WITHIN_MS * 2);
    const to = sent()[0]?.request_id;
    last().receive({ type: "console_output", to, output: { output_type: "stream" } });
    last().receive({ type: "console_output", to: "another", output: {} });
    last().receive({ type: "console_done", request_id: to, execution_count: 3, failed: false });
    expect(await done).toMatchObject({ execution_count: 3 });
    expect(seen).toEqual([{ output_type: "stream" }]);
    const refused = kernel.runCode("2", () => undefined);
    const error = { code: "unavailable", message: "The kernel ended." };
    last().receive({ type: "failed", request_id: sent()[1]?.request_id, error });
    expect(await refused).toBe("The kernel ended.");
    const lost = kernel.runCode("3", () => undefined);
    last().lose();
    expect(await lost).toMatch(/connection/);
    expect(failed).toEqual([]);
    kernel.close();
  });

  it("answers nothing when it failed, was late, or the connection was lost", async () => {
    const { kernel, failed } = open();
    const refused = kernel.complete("a", 1, "c0");
    last().receive({
      type: "failed",
      request_id: sent()[0]?.request_id,
      error: { code: "unavailable", message: "no" },
    });
    expect(await refused).toBeNull();
    const late = kernel.variables();
    vi.advanceTimersByTime(ANSWER_WITHIN_MS);
    expect(await late).toBeNull();
    const lost = kernel.complete("a", 1, "c0");
    last().lose();
    expect(await lost).toBeNull();
    expect(await kernel.complete("a", 1, "c0")).toBeNull();
    expect(failed).toEqual([]);
    kernel.close();
  });

  it("says what could not be done that nobody waits for", () => {
    const { kernel, failed } = open();
    last().receive({ type: "failed", error: { code: "not_permitted", message: "You may not run." } });
    expect(failed).toEqual(["You may not run."]);
    kernel.close();
  });

  it("keeps messages of widgets until somebody listens", () => {
    const { kernel } = open();
    const frame: CommFrame = { type: "comm", kind: "comm_open", content: { comm_id: "x" } };
    const bytes = encodeComm(frame, [new Uint8Array([1, 2]).buffer]);
    (last().onmessage as unknown as (event: { data: ArrayBuffer }) => void)({ data: bytes.buffer });
    const heard: [string, number][] = [];
    kernel.subscribe(({ kind }, buffers) => heard.push([kind, buffers[0]?.byteLength ?? 0]));
    expect(heard).toEqual([["comm_open", 2]]);
    kernel.close();
  });
});

describe("frames of widgets", () => {
  it("are read as they were written", () => {
    const buffer = fc.uint8Array({ maxLength: 20 });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), fc.array(buffer, { maxLength: 4 }), (content, buffers) => {
        const frame: CommFrame = { type: "comm", kind: "comm_msg", content };
        const read = decodeComm(
          encodeComm(
            frame,
            buffers.map((one) => one.slice().buffer),
          ).buffer,
        );
        expect(read?.frame).toEqual({ ...frame, buffers: buffers.map(({ length }) => length) });
        expect(read?.buffers.map((one) => [...new Uint8Array(one)])).toEqual(buffers.map((one) => [...one]));
      }),
    );
  });

  it("that are broken are nothing", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void decodeComm(bytes.slice().buffer)));
    expect(decodeComm(new ArrayBuffer(2))).toBeNull();
  });
});
