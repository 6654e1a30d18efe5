/**
 * The widgets of ipywidgets, and of anywidget, in a sandboxed frame. Their models live in the kernel; this frame has copies of
 * those that its view is made of, and asks the page for each (`widget-models.ts`), which passes messages on.
 */

import icons from "@fortawesome/fontawesome-free/css/fontawesome.css?inline";
import type { ICallbacks, IClassicComm, WidgetModel } from "@jupyter-widgets/base";
import * as base from "@jupyter-widgets/base";
import { type IManagerState, ManagerBase } from "@jupyter-widgets/base-manager";
import * as controls from "@jupyter-widgets/controls";
import widgets from "@jupyter-widgets/controls/css/widgets-base.css?inline";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import type { CommFrame } from "../../../../protocol/generated";
import { anywidget } from "./anywidget";
import * as output from "./output-widget";
import style from "./widgets.css?inline";

const CLASSES: Record<string, Record<string, unknown>> = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": controls,
  "@jupyter-widgets/output": output,
  anywidget,
};
/** The kernel says so much earlier that it has begun with a message; one that says nothing is asked again after this. */
const ANSWER_MS = 1_000;

/** `crypto.randomUUID` is not there on a site without TLS. */
const FRAME_ID = [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0"))
  .join("");
let lastMessage = 0;

/** A comm as the models know it. Messages go to the page; those of the kernel come from there. */
class FrameComm implements IClassicComm {
  readonly target_name = "jupyter.widget";
  #onMessage: (message: unknown) => void = () => {};
  #onClose: (message: unknown) => void = () => {};
  /** What models wait for before they send again: the kernel has begun with their last message. */
  readonly #waiting = new Map<string, () => void>();

  constructor(readonly comm_id: string) {}

  open(): string {
    throw new Error("Widgets are made by the kernel.");
  }

  send(
    data: unknown,
    callbacks?: ICallbacks,
    metadata?: object,
    buffers: (ArrayBuffer | ArrayBufferView)[] = [],
  ): string {
    const id = `${FRAME_ID}-${++lastMessage}`;
    const frame: CommFrame = {
      type: "comm",
      kind: "comm_msg",
      content: { comm_id: this.comm_id, data },
      metadata: (metadata ?? {}) as Record<string, unknown>,
      message_id: id,
    };
    const idle = callbacks?.iopub?.status;
    if (idle) {
      const timer = setTimeout(() => this.#begun(id), ANSWER_MS);
      this.#waiting.set(id, () => {
        clearTimeout(timer);
        idle({ content: { execution_state: "idle" } } as never);
      });
    }
    window.studium.tell({ type: "comm", frame, buffers: buffers.map(bytesOf) });
    return id;
  }

  close(): string {
    return "";
  }

  on_msg(callback: (message: unknown) => void): void {
    this.#onMessage = callback;
  }

  on_close(callback: (message: unknown) => void): void {
    this.#onClose = callback;
  }

  /** A message of the kernel. */
  async hear(frame: CommFrame, buffers: ArrayBuffer[]): Promise<void> {
    const message = toMessage(frame, buffers);
    if (frame.kind === "comm_close") this.#onClose(message);
    else await this.#onMessage(message);
    if (frame.parent) this.#begun(frame.parent);
  }

  #begun(id: string): void {
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }
}

function toMessage(frame: CommFrame, buffers: ArrayBuffer[]) {
  return {
    header: { msg_id: frame.message_id ?? "", msg_type: frame.kind },
    parent_header: { msg_id: frame.parent ?? "" },
    content: frame.content,
    metadata: { version: base.PROTOCOL_VERSION, ...frame.metadata },
    buffers: buffers.map((buffer) => new DataView(buffer)),
  };
}

function bytesOf(buffer: ArrayBuffer | ArrayBufferView): ArrayBuffer {
  if (buffer instanceof ArrayBuffer) return buffer;
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice().buffer;
}

class FrameManager extends ManagerBase {
  readonly #comms = new Map<string, FrameComm>();
  readonly #asked = new Map<string, { model: Promise<WidgetModel>; give(model: Promise<WidgetModel>): void }>();

  /** A model that is here, or that the page has. */
  override get_model(id: string): Promise<WidgetModel> {
    if (this.has_model(id)) return super.get_model(id);
    let asked = this.#asked.get(id);
    if (!asked) {
      let give: (model: Promise<WidgetModel>) => void = () => {};
      const model = new Promise<WidgetModel>((resolve) => {
        give = resolve;
      });
      asked = { model, give };
      this.#asked.set(id, asked);
      window.studium.tell({ type: "model", model: id });
    }
    return asked.model;
  }

  hear(frame: CommFrame, buffers: ArrayBuffer[]): void {
    const id = String(frame.content.comm_id);
    const known = this.#comms.get(id);
    if (frame.kind !== "comm_open") {
      void known?.hear(frame, buffers);
      if (frame.kind === "comm_close") this.#comms.delete(id);
    } else if (!known) {
      const comm = new FrameComm(id);
      this.#comms.set(id, comm);
      this.#give(id, this.handle_comm_open(comm, toMessage(frame, buffers) as never));
    }
  }

  absent(id: string): void {
    this.#give(id, Promise.reject(new Error("This part of the widget is no longer there. Run the cell again.")));
  }

  /** Makes models that no kernel has. */
  async restore(models: Record<string, unknown>): Promise<void> {
    const state = { version_major: 2, version_minor: 0, state: models } as unknown as IManagerState;
    await this.set_state(state);
  }

  override async get_state(): Promise<IManagerState> {
    throw new Error("The page keeps the state.");
  }

  #give(id: string, model: Promise<WidgetModel>): void {
    model.catch(() => {});
    this.#asked.get(id)?.give(model);
    this.#asked.delete(id);
  }

  protected override async loadClass(name: string, module: string): Promise<never> {
    const found = CLASSES[module]?.[name];
    if (found) return found as never;
    throw new Error(
      CLASSES[module]
        ? `The package ${module} has no widget ${name}.`
        : `The widgets of ${module} are not part of Studium. Those made with anywidget work without being installed here.`,
    );
  }

  protected override async _create_comm(_target: string, id?: string): Promise<IClassicComm> {
    throw new Error(`The widget ${id ?? ""} has no kernel.`);
  }

  protected override async _get_comm_info(): Promise<object> {
    return {};
  }
}

// A widget without a tooltip would show the word "null" as one.
const { updateTooltip } = controls.DescriptionView.prototype;
controls.DescriptionView.prototype.updateTooltip = function (this: controls.DescriptionView) {
  updateTooltip.call(this);
  if (this.model.get("tooltip") === null) this.label?.removeAttribute("title");
};

const manager = new FrameManager();

export async function showWidget(place: HTMLElement, id: string): Promise<void> {
  const model = await manager.get_model(id);
  const view = await manager.create_view(model as base.DOMWidgetModel);
  place.replaceChildren();
  Widget.attach(view.luminoWidget, place);
}

window.studium.drawers.widget = (place, item: { model: string }) => showWidget(place, item.model);
output.settings.showWidget = showWidget;

let restored: Promise<void> = Promise.resolve();
window.studium.listeners.add((message) => {
  if (message.type === "comm") manager.hear(message.frame, message.buffers);
  else if (message.type === "absent") manager.absent(message.model);
  else if (message.type === "saved") restored = restored.then(() => manager.restore(message.models));
});

addEventListener("resize", () => {
  for (const node of document.querySelectorAll(".lm-Widget, .lm-Panel")) {
    const widget = (node as HTMLElement & { luminoWidget?: Widget }).luminoWidget;
    if (widget) MessageLoop.postMessage(widget, Widget.ResizeMessage.UnknownSize);
  }
});

for (const source of [icons, widgets, style]) {
  const sheet = document.createElement("style");
  sheet.textContent = source;
  document.head.append(sheet);
}
