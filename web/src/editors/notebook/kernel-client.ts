/**
 * The kernel of one notebook, as the page sees it: its state, followed; requests, with their answers; and the messages of
 * widgets. The connection comes back by itself. What a run prints is in the document, not here.
 */
import { encodePath, socketUrl } from "../../net/api";
import { Connection } from "../../net/connection";
import { Observable } from "../../net/observable";
import { onPause } from "../../net/paused";
import type {
  CommFrame,
  Completions,
  ConsoleDone,
  ErrorBody,
  Inspection,
  KernelSpec,
  KernelStatus,
  KernelToClient,
  KernelToServer,
  Variable,
} from "../../protocol/generated";
import { decodeComm, encodeComm } from "./comm-frames";
import type { CommChannel } from "./outputs";

/** A kernel that computes for long may answer late; then the question is not of interest any more. */
export const ANSWER_WITHIN_MS = 10_000;
/** Messages of widgets that come before anybody listens are kept, up to so many bytes. */
const MOST_EARLY_BYTES = 32_000_000;
/** Close codes after which another try gives the same answer. */
const FINAL_CLOSES = new Set([4400, 4401, 4403, 4404]);

type Answer = Extract<KernelToClient, { request_id?: string | null }>;
type CommListener = (frame: CommFrame, buffers: readonly ArrayBuffer[]) => void;

export interface KernelClientOptions {
  projectId: string;
  path: string;
  /** A request failed that nobody waits for: run, start, restart. */
  onFailed(error: ErrorBody): void;
  url?: string;
  WebSocket?: typeof WebSocket;
  random?: () => number;
}

export class KernelClient implements CommChannel {
  /** Null until the server has told, and while there is no connection. */
  readonly status = new Observable<KernelStatus | null>(null);
  readonly specs = new Observable<readonly KernelSpec[]>([]);
  readonly connection: Connection;
  readonly #waiting = new Map<string, (answer: Answer | null) => void>();
  readonly #listeners = new Set<CommListener>();
  readonly #consoles = new Map<string, (output: unknown) => void>();
  readonly #unwatch: () => void;
  #early: { frame: CommFrame; buffers: ArrayBuffer[] }[] = [];
  #earlyBytes = 0;
  #lastRequest = 0;

  constructor(private readonly options: KernelClientOptions) {
    const { projectId, path } = options;
    this.connection = new Connection({
      url: options.url ?? socketUrl(`/projects/${projectId}/kernels/${encodePath(path)}`),
      WebSocket: options.WebSocket,
      random: options.random,
      onOpen: () => {},
      onMessage: (message) => this.#take(message as KernelToClient),
      onBytes: (bytes) => this.#takeComm(bytes),
      onClose: (code) => {
        this.#lost();
        return !FINAL_CLOSES.has(code);
      },
    });
    this.#unwatch = onPause(projectId, (is) => {
      if (is) {
        this.connection.pause();
        this.#lost();
      } else {
        this.connection.resume();
      }
    });
  }

  /** Sends a request that has no answer of its own; answers false when there is no connection. */
  send(message: KernelToServer): boolean;
  /** Sends a message of a widget. */
  send(frame: CommFrame, buffers: readonly ArrayBuffer[]): boolean;
  send(message: KernelToServer | CommFrame, buffers?: readonly ArrayBuffer[]): boolean {
    if (buffers === undefined) return this.connection.send(message);
    return this.connection.sendBytes(encodeComm(message as CommFrame, buffers));
  }

  /** Hears every message of widgets from now on; the first to listen also those that came before. */
  subscribe(listener: CommListener): () => void {
    this.#listeners.add(listener);
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    for (const { frame, buffers } of early) listener(frame, buffers);
    return () => this.#listeners.delete(listener);
  }

  /** `cursor` and the answer are in code points. */
  complete(code: string, cursor: number, cellId: string): Promise<Completions | null> {
    return this.#ask((request_id) => ({ type: "complete", request_id, code, cursor, cell_id: cellId }), "completions");
  }

  inspect(code: string, cursor: number, detail: 0 | 1): Promise<Inspection | null> {
    return this.#ask((request_id) => ({ type: "inspect", request_id, code, cursor, detail }), "inspection");
  }

  async variables(): Promise<Variable[] | null> {
    const answer = await this.#ask((request_id) => ({ type: "list_variables", request_id }), "variables");
    return answer?.variables ?? null;
  }

  /** Runs code that is in no cell. It may take as long as it takes; a sentence when it could not be done. */
  async runCode(code: string, onOutput: (output: unknown) => void): Promise<ConsoleDone | string> {
    let id = "";
    const made = (request_id: string): KernelToServer => {
      id = request_id;
      this.#consoles.set(id, onOutput);
      return { type: "run_code", request_id, code };
    };
    let failed = "The connection to the kernel was lost, and with it what this code puts out.";
    const answer = await this.#ask(made, "console_done", {
      within: null,
      onFailed: (error) => {
        failed = error.message;
      },
    });
    this.#consoles.delete(id);
    return answer ?? failed;
  }

  close(): void {
    this.#unwatch();
    this.connection.close();
    this.#lost();
    this.#listeners.clear();
  }

  /** The answer; null when there is none: the connection was lost, the kernel is busy for long, or it cannot say. */
  #ask<T extends Answer["type"]>(
    message: (requestId: string) => KernelToServer,
    type: T,
    { within = ANSWER_WITHIN_MS, onFailed }: { within?: number | null; onFailed?(error: ErrorBody): void } = {},
  ): Promise<Extract<Answer, { type: T }> | null> {
    const id = String(++this.#lastRequest);
    return new Promise((resolve) => {
      const timer = within === null ? undefined : setTimeout(() => this.#waiting.get(id)?.(null), within);
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id);
        clearTimeout(timer);
        if (answer?.type === "failed") onFailed?.(answer.error);
        resolve(answer?.type === type ? (answer as Extract<Answer, { type: T }>) : null);
      });
      if (!this.connection.send(message(id))) this.#waiting.get(id)?.(null);
    });
  }

  #take(message: KernelToClient): void {
    switch (message.type) {
      case "status":
        this.status.set(message);
        return;
      case "specs":
        this.specs.set(message.specs);
        return;
      case "console_output":
        this.#consoles.get(message.to)?.(message.output);
        return;
      case "failed":
        if (message.request_id == null || !this.#waiting.has(message.request_id)) {
          this.options.onFailed(message.error);
          return;
        }
    }
    this.#waiting.get(message.request_id as string)?.(message);
  }

  #takeComm(bytes: ArrayBuffer): void {
    const read = decodeComm(bytes);
    if (!read) {
      console.error("A message of a widget could not be read.");
      return;
    }
    if (this.#listeners.size === 0) {
      this.#earlyBytes += bytes.byteLength;
      if (this.#earlyBytes <= MOST_EARLY_BYTES) this.#early.push(read);
      return;
    }
    for (const listener of [...this.#listeners]) listener(read.frame, read.buffers);
  }

  /** After a reconnect the server tells everything anew. */
  #lost(): void {
    this.status.set(null);
    this.#early = [];
    this.#earlyBytes = 0;
    for (const answer of [...this.#waiting.values()]) answer(null);
  }
}
