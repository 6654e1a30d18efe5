/**
 * The models of widgets as the kernel has them. One copy a notebook's page is kept here, out of all messages that pass; each
 * frame is given those models that its view is made of, and hears of no others, nor can it speak to others.
 */
import type { CommFrame } from "../../../protocol/generated";
import { isRecord } from "./plain";
import type { CommChannel } from "./types";

type Path = readonly (string | number)[];

interface Model {
  target: string;
  metadata: Record<string, unknown>;
  state: Record<string, unknown>;
  /** Binary parts of the state, by the keys under which they are. */
  buffers: { path: Path; bytes: ArrayBuffer }[];
}

type Hear = (frame: CommFrame, buffers: ArrayBuffer[]) => void;

const WIDGETS = "jupyter.widget";
const LINKS = /^(Directional)?LinkModel$/;

export class WidgetModels {
  readonly #models = new Map<string, Model>();
  readonly #listeners = new Set<(id: string, frame: CommFrame, buffers: readonly ArrayBuffer[]) => void>();

  constructor(private readonly channel: Pick<CommChannel, "send" | "subscribe">) {
    channel.subscribe((frame, buffers) => this.#hear(frame, buffers));
  }

  has(id: string): boolean {
    return this.#models.has(id);
  }

  /** Calls `listener` with each message of a model. */
  subscribe(listener: (id: string, frame: CommFrame, buffers: readonly ArrayBuffer[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send(frame: CommFrame, buffers: readonly ArrayBuffer[]): void {
    this.channel.send(frame, buffers);
  }

  /** The message that makes a model as it is now. */
  opening(id: string): { frame: CommFrame; buffers: ArrayBuffer[] } | null {
    const model = this.#models.get(id);
    if (!model) return null;
    const data = { state: model.state, buffer_paths: model.buffers.map(({ path }) => path) };
    const content = { comm_id: id, target_name: model.target, data };
    return {
      frame: { type: "comm", kind: "comm_open", content, metadata: model.metadata },
      buffers: model.buffers.map(({ bytes }) => bytes),
    };
  }

  /** Links in the browser between a model and others: no view refers to them. */
  linksOf(id: string): string[] {
    const reference = `IPY_MODEL_${id}`;
    return [...this.#models].flatMap(([linkId, { state }]) => {
      if (typeof state._model_name !== "string" || !LINKS.test(state._model_name)) return [];
      return [state.source, state.target].some((end) => Array.isArray(end) && end[0] === reference) ? [linkId] : [];
    });
  }

  #hear(frame: CommFrame, buffers: readonly ArrayBuffer[]): void {
    const id = frame.content.comm_id;
    if (typeof id !== "string") return;
    const data = isRecord(frame.content.data) ? frame.content.data : {};
    if (frame.kind === "comm_open") {
      if (frame.content.target_name !== WIDGETS) return;
      this.#models.set(id, { target: WIDGETS, metadata: frame.metadata ?? {}, state: {}, buffers: [] });
      this.#update(id, data, buffers);
    } else if (frame.kind === "comm_close") this.#models.delete(id);
    else if (data.method === "update" || data.method === "echo_update") this.#update(id, data, buffers);
    for (const listener of [...this.#listeners]) listener(id, frame, buffers);
  }

  #update(id: string, data: Record<string, unknown>, buffers: readonly ArrayBuffer[]): void {
    const model = this.#models.get(id);
    if (!model || !isRecord(data.state)) return;
    const changed = data.state;
    model.state = { ...model.state, ...changed };
    const paths = Array.isArray(data.buffer_paths) ? (data.buffer_paths as Path[]) : [];
    const fresh = paths.flatMap((path, index) => {
      const bytes = buffers[index];
      return bytes && Array.isArray(path) ? [{ path, bytes }] : [];
    });
    // A key whose value is binary itself is in the paths only.
    const replaced = new Set([...Object.keys(changed), ...fresh.map(({ path }) => String(path[0]))]);
    model.buffers = [...model.buffers.filter(({ path }) => !replaced.has(String(path[0]))), ...fresh];
  }
}

const known = new WeakMap<object, WidgetModels>();

/** The models behind a connection; made at the first call, which should come before messages do. */
export function modelsOf(channel: CommChannel): WidgetModels {
  let models = known.get(channel);
  if (!models) {
    models = new WidgetModels(channel);
    known.set(channel, models);
  }
  return models;
}

/** Passes messages between the models and one frame. */
export class WidgetBridge {
  /** What the frame was given. */
  readonly #given = new Set<string>();
  readonly #stop: () => void;

  constructor(
    private readonly models: WidgetModels,
    private readonly tell: Hear,
    private readonly absent: (model: string) => void,
  ) {
    this.#stop = models.subscribe((id, frame, buffers) => this.#hear(id, frame, buffers));
  }

  stop(): void {
    this.#stop();
  }

  /** The frame asks for a model. */
  give(id: string): void {
    if (this.#given.has(id)) return;
    const opening = this.models.opening(id);
    if (!opening) {
      this.absent(id);
      return;
    }
    this.#given.add(id);
    this.tell(opening.frame, opening.buffers);
    for (const link of this.models.linksOf(id)) this.give(link);
  }

  /** The frame speaks: to the models that it was given, and only as a view does. */
  pass(frame: CommFrame, buffers: readonly ArrayBuffer[]): void {
    if (frame.kind !== "comm_msg" || !this.#given.has(String(frame.content.comm_id))) return;
    const { comm_id, data } = frame.content;
    this.models.send(
      { type: "comm", kind: "comm_msg", content: { comm_id, data }, metadata: {}, message_id: frame.message_id },
      buffers,
    );
  }

  /** What the frame said is not to be: it is told how its model stands. */
  refuse(frame: CommFrame): void {
    const id = String(frame.content.comm_id);
    if (this.#given.has(id)) this.#again(id);
  }

  #hear(id: string, frame: CommFrame, buffers: readonly ArrayBuffer[]): void {
    if (frame.kind === "comm_open") {
      if (this.#given.has(id)) this.#again(id);
      else if (this.#isLinked(id)) this.give(id);
    } else if (this.#given.has(id)) {
      this.tell(frame, [...buffers]);
      if (frame.kind === "comm_close") this.#given.delete(id);
    }
  }

  /** After a reconnect everything is told anew: what the frame has is brought up to date. */
  #again(id: string): void {
    const opening = this.models.opening(id);
    if (!opening) return;
    const { state, buffer_paths } = opening.frame.content.data as Record<string, unknown>;
    const content = { comm_id: id, data: { method: "update", state, buffer_paths } };
    this.tell({ type: "comm", kind: "comm_msg", content }, opening.buffers);
  }

  #isLinked(id: string): boolean {
    return [...this.#given].some((given) => this.models.linksOf(given).includes(id));
  }
}

/** Of models that a file keeps those that one is made of, by their ids. */
export function savedModels(saved: unknown, id: string): Record<string, unknown> | null {
  const state = isRecord(saved) && isRecord(saved.state) ? saved.state : {};
  if (!Object.hasOwn(state, id)) return null;
  const found: Record<string, unknown> = {};
  const wanted = [id];
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    if (Object.hasOwn(found, next) || !Object.hasOwn(state, next)) continue;
    found[next] = state[next];
    for (const match of JSON.stringify(state[next]).matchAll(/"IPY_MODEL_([^"\\]+)"/g)) wanted.push(match[1] ?? "");
  }
  return found;
}
