import type {
  FindDone,
  FindToClient,
  FindToServer,
  FoundFile,
  PathsFound,
  Replaced,
  ReplaceText,
  TextQuery,
} from "../protocol/generated";
import { ApiError, request, sendJson, socketUrl } from "./api";
import { Connection } from "./connection";
import { onPause } from "./paused";

export interface FindHandlers {
  onFiles(files: readonly FoundFile[]): void;
  onDone(done: FindDone): void;
  onError(error: ApiError): void;
}

export interface FindSocketOptions {
  url?: string;
  WebSocket?: typeof WebSocket;
  random?: () => number;
}

const NOT_PERMITTED_CLOSE = 4403;

/** Searches of one panel: one at a time; a search that a lost connection cut off is asked for again. */
export class FindSocket {
  readonly connection: Connection;
  readonly #unwatch: () => void;
  #id = 0;
  #asked: { message: FindToServer & { type: "find" }; handlers: FindHandlers; begun: boolean } | null = null;

  constructor(projectId: string, options: FindSocketOptions = {}) {
    this.connection = new Connection({
      url: options.url ?? socketUrl(`/projects/${projectId}/find`),
      WebSocket: options.WebSocket,
      random: options.random,
      onOpen: (send) => {
        if (this.#asked) send(this.#asked.message);
      },
      onMessage: (message) => this.#take(message as FindToClient),
      onClose: (code, reason) => {
        // What has come already would come once more.
        const asked = this.#asked;
        if (asked && (asked.begun || code === NOT_PERMITTED_CLOSE)) {
          this.#asked = null;
          const sentence = reason || "The connection was lost while searching. Search again.";
          asked.handlers.onError(new ApiError({ code: "unavailable", message: sentence }));
        }
        return code !== NOT_PERMITTED_CLOSE;
      },
    });
    this.#unwatch = onPause(projectId, (is) => (is ? this.connection.pause() : this.connection.resume()));
  }

  /** Begins a search, which ends the one before. */
  find(query: TextQuery, context: number, handlers: FindHandlers): void {
    const message = { type: "find", id: ++this.#id, query, context } as const;
    this.#asked = { message, handlers, begun: false };
    this.connection.send(message); // else when there is a connection
  }

  stop(): void {
    this.#asked = null;
    this.connection.send({ type: "stop" } satisfies FindToServer);
  }

  close(): void {
    this.#unwatch();
    this.#asked = null;
    this.connection.close();
  }

  #take(message: FindToClient): void {
    const asked = this.#asked;
    if (message.id !== asked?.message.id) return;
    asked.begun = true;
    if (message.type === "found") {
      asked.handlers.onFiles(message.files);
      return;
    }
    this.#asked = null;
    if (message.type === "done") asked.handlers.onDone(message);
    else asked.handlers.onError(new ApiError(message.error));
  }
}

/** Files by some letters of their paths, best first. */
export async function findPaths(
  projectId: string,
  text: string,
  options: { hidden: boolean; signal?: AbortSignal },
): Promise<PathsFound> {
  const query = new URLSearchParams({ text, ...(options.hidden ? { hidden: "1" } : {}) });
  const answer = await request(`/projects/${projectId}/find/paths?${query}`, { signal: options.signal });
  return answer.json();
}

export function replaceText(projectId: string, asked: ReplaceText): Promise<Replaced> {
  return sendJson<Replaced>("POST", `/projects/${projectId}/find/replace`, asked);
}

export function undoReplace(projectId: string, undoId: string): Promise<Replaced> {
  return sendJson<Replaced>("POST", `/projects/${projectId}/find/undo`, { undo_id: undoId });
}
