import type {
  EventsToClient,
  EventsToServer,
  Job,
  Jobs,
  KernelSpec,
  KernelSpecs,
  People,
  Person,
} from "../protocol/generated";
import { socketUrl } from "./api";
import { Connection } from "./connection";
import { onPause } from "./paused";

export type DirectoryMessage = Exclude<EventsToClient, People | KernelSpecs | Jobs>;
export type DirectoryHandler = (message: DirectoryMessage) => void;

export interface EventsSocketOptions {
  url?: string;
  WebSocket?: typeof WebSocket;
  random?: () => number;
  /** We are not in this project (any more). */
  onNotPermitted?(): void;
}

const NOT_PERMITTED_CLOSE = 4403;

/** Live directories of one project, and who is in it: one WebSocket, one subscription a folder however many ask for it. */
export class EventsSocket {
  readonly connection: Connection;
  readonly #unwatch: () => void;
  readonly #handlers = new Map<string, Set<DirectoryHandler>>();
  #onPeople: ((people: Person[]) => void) | null = null;
  #onJobs: ((jobs: readonly Job[]) => void) | null = null;
  #onKernels: ((specs: readonly KernelSpec[]) => void) | null = null;

  constructor(projectId: string, options: EventsSocketOptions = {}) {
    this.connection = new Connection({
      url: options.url ?? socketUrl(`/projects/${projectId}/events`),
      WebSocket: options.WebSocket,
      random: options.random,
      onOpen: () => {
        // A subscription starts with the whole directory, so that a reconnect needs nothing but to ask again.
        for (const path of this.#handlers.keys()) this.#send({ type: "subscribe", path });
        if (this.#onPeople) this.#send({ type: "follow_people" });
        if (this.#onJobs) this.#send({ type: "follow_jobs" });
      },
      onMessage: (message) => {
        const event = message as EventsToClient;
        if (event.type === "people") {
          this.#onPeople?.(event.people);
          return;
        }
        if (event.type === "jobs") {
          this.#onJobs?.(event.jobs);
          return;
        }
        if (event.type === "specs") {
          this.#onKernels?.(event.specs);
          return;
        }
        for (const handler of [...(this.#handlers.get(event.path) ?? [])]) handler(event);
      },
      onClose: (code) => {
        if (code !== NOT_PERMITTED_CLOSE) return true;
        options.onNotPermitted?.();
        return false;
      },
    });
    this.#unwatch = onPause(projectId, (is) => (is ? this.connection.pause() : this.connection.resume()));
  }

  /** Follows a directory; answers a function that stops. */
  subscribe(path: string, handler: DirectoryHandler): () => void {
    const handlers = this.#handlers.get(path) ?? new Set();
    const first = handlers.size === 0;
    handlers.add(handler);
    this.#handlers.set(path, handlers);
    if (first) this.#send({ type: "subscribe", path });
    return () => {
      if (!handlers.delete(handler) || handlers.size > 0) return;
      this.#handlers.delete(path);
      this.#send({ type: "unsubscribe", path });
    };
  }

  /** Hears who has which documents open, now and whenever it changes. */
  followPeople(onPeople: (people: Person[]) => void): void {
    this.#onPeople = onPeople;
    this.#send({ type: "follow_people" });
  }

  /** Hears of all jobs of the project, now and whenever one begins, gets on or ends. */
  followJobs(onJobs: (jobs: readonly Job[]) => void): void {
    this.#onJobs = onJobs;
    this.#send({ type: "follow_jobs" });
  }

  /** Asks which kernels a notebook can have. While there is no connection nothing answers. */
  listKernels(onKernels: (specs: readonly KernelSpec[]) => void): void {
    this.#onKernels = onKernels;
    this.#send({ type: "list_specs" });
  }

  close(): void {
    this.#unwatch();
    this.connection.close();
    this.#handlers.clear();
  }

  statistics(): { directories: number; reconnects: number } {
    return { directories: this.#handlers.size, reconnects: this.connection.statistics().reconnects };
  }

  #send(message: EventsToServer): void {
    this.connection.send(message);
  }
}
