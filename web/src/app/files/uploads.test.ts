import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../../net/api";
import { type Send, Uploads } from "./uploads";

const file = (name: string, text = "text") => ({ path: name, file: new File([text], name) });
const taken = () => new ApiError({ code: "conflict", message: "taken", data: { taken: ["a"] } });
const offline = () => new ApiError({ code: "unavailable", message: "offline" });

/** Uploads whose sending the test decides: each call waits until it is told how it ends. */
function scripted() {
  const calls: { path: string; clash: string; progress(sent: number): void; end(error?: unknown): void }[] = [];
  const send: Send = (item, progress) =>
    new Promise((resolve, reject) => {
      const end = (error?: unknown) => (error === undefined ? resolve() : reject(error));
      calls.push({ path: item.path, clash: item.clash, progress, end });
      item.abort.signal.addEventListener("abort", () => reject(offline()));
    });
  const uploads = new Uploads("project", send);
  const states = () => uploads.list.get().map(({ path, state }) => `${path} ${state}`);
  return { uploads, calls, states };
}

const settled = () => vi.waitFor(() => Promise.resolve());

describe("uploads", () => {
  it("go three at a time, and are gone when they are done", async () => {
    const { uploads, calls, states } = scripted();
    uploads.add(
      "to",
      ["a", "b", "c", "d"].map((name) => file(name)),
    );
    expect(states()).toEqual(["to/a sending", "to/b sending", "to/c sending", "to/d waiting"]);
    calls[1]?.end();
    await vi.waitFor(() => expect(states()).toEqual(["to/a sending", "to/c sending", "to/d sending"]));
  });

  it("ask about a name that is taken, once for all if the person says so", async () => {
    const { uploads, calls, states } = scripted();
    uploads.add(
      "",
      ["a", "b"].map((name) => file(name)),
    );
    calls[0]?.end(taken());
    calls[1]?.end(taken());
    await vi.waitFor(() => expect(uploads.clash.get()?.more).toBe(true));
    uploads.clash.get()?.answer("keep_both", true);
    await vi.waitFor(() => expect(calls.length).toBe(4));
    expect(calls.slice(2).map((call) => call.clash)).toEqual(["keep_both", "keep_both"]);
    expect(uploads.clash.get()).toBeNull();
    expect(states()).toEqual(["a sending", "b sending"]);
  });

  it("that are skipped are gone, and the next name is asked about", async () => {
    const { uploads, calls, states } = scripted();
    uploads.add(
      "",
      ["a", "b"].map((name) => file(name)),
    );
    for (const call of calls) call.end(taken());
    await vi.waitFor(() => expect(uploads.clash.get()?.path).toBe("a"));
    uploads.clash.get()?.answer("skip", false);
    await vi.waitFor(() => expect(uploads.clash.get()?.path).toBe("b"));
    expect(states()).toEqual(["b sending"]);
  });

  it("wait for a lost connection and go on by themselves", async () => {
    const { uploads, calls, states } = scripted();
    uploads.add("", [file("a")]);
    calls[0]?.progress(2);
    calls[0]?.end(offline());
    await vi.waitFor(() => expect(states()).toEqual(["a paused"]));
    window.dispatchEvent(new Event("online"));
    await vi.waitFor(() => expect(calls.length).toBe(2));
    calls[1]?.progress(3);
    expect(states()).toEqual(["a sending"]);
    calls[1]?.end();
    await vi.waitFor(() => expect(states()).toEqual([]));
  });

  it("that fail say why, and can be tried again", async () => {
    const { uploads, calls, states } = scripted();
    uploads.add("", [file("a")]);
    calls[0]?.end(new ApiError({ code: "too_large", message: "The disk is full." }));
    await vi.waitFor(() => expect(uploads.list.get()[0]?.problem).toBe("The disk is full."));
    uploads.retry(uploads.list.get()[0]?.id ?? 0);
    expect(states()).toEqual(["a sending"]);
    expect(calls.length).toBe(2);
  });

  it("that are cancelled are ended and make room", async () => {
    const { uploads, calls, states } = scripted();
    uploads.add(
      "",
      ["a", "b", "c", "d"].map((name) => file(name)),
    );
    uploads.cancel(uploads.list.get()[0]?.id ?? 0);
    await vi.waitFor(() => expect(states()).toEqual(["b sending", "c sending", "d sending"]));
    uploads.cancelAll();
    await settled();
    expect(states()).toEqual([]);
    expect(calls.length).toBe(4);
  });

  it("warn who leaves the page, as long as there are any", async () => {
    const { uploads, calls } = scripted();
    const leave = () => {
      const event = new Event("beforeunload", { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(leave()).toBe(false);
    uploads.add("", [file("a")]);
    expect(leave()).toBe(true);
    calls[0]?.end();
    await vi.waitFor(() => expect(leave()).toBe(false));
  });
});
