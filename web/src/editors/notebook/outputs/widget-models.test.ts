import { describe, expect, it } from "vitest";
import type { CommFrame } from "../../../protocol/generated";
import { savedModels, WidgetBridge, WidgetModels } from "./widget-models";

class Kernel {
  readonly sent: CommFrame[] = [];
  #listener: (frame: CommFrame, buffers: readonly ArrayBuffer[]) => void = () => {};

  send(frame: CommFrame): void {
    this.sent.push(frame);
  }

  subscribe(listener: (frame: CommFrame, buffers: readonly ArrayBuffer[]) => void): () => void {
    this.#listener = listener;
    return () => {};
  }

  open(id: string, state: Record<string, unknown>, buffers: ArrayBuffer[] = [], buffer_paths: unknown[] = []): void {
    const content = { comm_id: id, target_name: "jupyter.widget", data: { state, buffer_paths } };
    this.#listener({ type: "comm", kind: "comm_open", content }, buffers);
  }

  update(id: string, state: Record<string, unknown>, buffers: ArrayBuffer[] = [], buffer_paths: unknown[] = []): void {
    const data = { method: "update", state, buffer_paths };
    this.#listener({ type: "comm", kind: "comm_msg", content: { comm_id: id, data } }, buffers);
  }

  close(id: string): void {
    this.#listener({ type: "comm", kind: "comm_close", content: { comm_id: id } }, []);
  }
}

function bytes(...values: number[]): ArrayBuffer {
  return new Uint8Array(values).buffer;
}

function message(id: string): CommFrame {
  return { type: "comm", kind: "comm_msg", content: { comm_id: id, data: { method: "update", state: { value: 9 } } } };
}

function setUp() {
  const kernel = new Kernel();
  const models = new WidgetModels(kernel);
  const told: CommFrame[] = [];
  const absent: string[] = [];
  const bridge = new WidgetBridge(
    models,
    (frame) => told.push(frame),
    (id) => absent.push(id),
  );
  return { kernel, models, bridge, told, absent };
}

describe("the models of widgets", () => {
  it("are as all messages have left them, for who comes later", () => {
    const { kernel, models } = setUp();
    kernel.open("a", { value: 1, name: "x" }, [bytes(1), bytes(2)], [["data"], ["list", 0]]);
    kernel.update("a", { value: 2 }, [bytes(3)], [["data"]]);
    const opening = models.opening("a");
    const data = opening?.frame.content.data as { state: unknown; buffer_paths: unknown };
    expect(data.state).toEqual({ value: 2, name: "x" });
    expect(data.buffer_paths).toEqual([["list", 0], ["data"]]);
    expect(opening?.buffers.map((buffer) => new Uint8Array(buffer)[0])).toEqual([2, 3]);
    kernel.close("a");
    expect(models.has("a")).toBe(false);
  });

  it("are given to a frame that asks, which then hears of them and of no others", () => {
    const { kernel, bridge, told, absent } = setUp();
    kernel.open("a", { value: 1 });
    kernel.open("b", { value: 1 });
    bridge.give("a");
    bridge.give("nobody");
    kernel.update("a", { value: 2 });
    kernel.update("b", { value: 2 });
    expect(told.map((frame) => [frame.kind, frame.content.comm_id])).toEqual([
      ["comm_open", "a"],
      ["comm_msg", "a"],
    ]);
    expect(absent).toEqual(["nobody"]);
  });

  it("are spoken to by a frame that was given them, and only as a view speaks", () => {
    const { kernel, bridge } = setUp();
    kernel.open("a", { value: 1 });
    kernel.open("b", { value: 1 });
    bridge.give("a");
    bridge.pass(message("a"), []);
    bridge.pass(message("b"), []);
    bridge.pass({ ...message("a"), kind: "comm_close" }, []);
    bridge.pass({ ...message("a"), kind: "comm_open" }, []);
    expect(kernel.sent.map((frame) => frame.content.comm_id)).toEqual(["a"]);
  });

  it("are put back in the frame of somebody who may not move them", () => {
    const { kernel, bridge, told } = setUp();
    kernel.open("a", { value: 1 });
    bridge.give("a");
    bridge.refuse(message("a"));
    bridge.refuse(message("b"));
    expect(kernel.sent).toEqual([]);
    expect(told.at(-1)?.content.data).toMatchObject({ method: "update", state: { value: 1 } });
    expect(told).toHaveLength(2);
  });

  it("bring links in the browser along, and are brought up to date after a reconnect", () => {
    const { kernel, bridge, told } = setUp();
    kernel.open("a", { value: 1 });
    bridge.give("a");
    kernel.open("link", {
      _model_name: "LinkModel",
      source: ["IPY_MODEL_a", "value"],
      target: ["IPY_MODEL_b", "value"],
    });
    kernel.open("a", { value: 5 });
    expect(told.map((frame) => [frame.kind, frame.content.comm_id])).toEqual([
      ["comm_open", "a"],
      ["comm_open", "link"],
      ["comm_msg", "a"],
    ]);
  });
});

describe("widgets that a file keeps", () => {
  it("are taken with all that they are made of, and no others", () => {
    const state = {
      box: { state: { children: ["IPY_MODEL_slider"], layout: "IPY_MODEL_layout" } },
      slider: { state: { layout: "IPY_MODEL_layout", value: 3 } },
      layout: { state: {} },
      other: { state: {} },
    };
    expect(Object.keys(savedModels({ state }, "box") ?? {}).sort()).toEqual(["box", "layout", "slider"]);
    expect(savedModels({ state }, "gone")).toBeNull();
    expect(savedModels({ state }, "__proto__")).toBeNull();
    expect(savedModels(null, "box")).toBeNull();
  });
});
