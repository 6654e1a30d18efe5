/** What a `.term` file holds, as the page sees it. The connection comes back by itself. */
import { Connection } from "../../net/connection";
import { Observable } from "../../net/observable";
import { onPause } from "../../net/paused";
import type { ErrorBody, TerminalFile, TerminalsToClient, TerminalsToServer } from "../../protocol/generated";
import { FINAL_CLOSES, terminalUrl } from "./client";

export interface FileClientOptions {
  projectId: string;
  path: string;
  /** A request was refused while the file is shown. */
  onRefused(error: ErrorBody): void;
  url?: string;
  WebSocket?: typeof WebSocket;
  random?: () => number;
}

export class FileClient {
  /** Stays when the connection is lost. */
  readonly file = new Observable<TerminalFile | null>(null);
  /** Why the file cannot be opened, once that is known. */
  readonly failure = new Observable<ErrorBody | null>(null);
  readonly connection: Connection;
  readonly #unwatch: () => void;

  constructor(private readonly options: FileClientOptions) {
    this.connection = new Connection({
      url: options.url ?? terminalUrl(options.projectId, options.path),
      WebSocket: options.WebSocket,
      random: options.random,
      onOpen: () => {},
      onMessage: (message) => this.#take(message as TerminalsToClient),
      onClose: (code, reason) => {
        if (!FINAL_CLOSES.has(code)) return true;
        this.failure.set({ code: "not_found", message: reason || "This file of terminals is gone." });
        return false;
      },
    });
    this.#unwatch = onPause(options.projectId, (is) => (is ? this.connection.pause() : this.connection.resume()));
  }

  /** Asks for a change; answers false when there is no connection. */
  send(message: TerminalsToServer): boolean {
    return this.connection.send(message);
  }

  close(): void {
    this.#unwatch();
    this.connection.close();
  }

  #take(message: TerminalsToClient): void {
    if (message.type === "file") {
      this.failure.set(null);
      this.file.set(message);
    } else if (this.file.get() === null) {
      this.failure.set(message.error);
    } else {
      this.options.onRefused(message.error);
    }
  }
}
