/**
 * One terminal, as the page sees it: its state, followed; what is typed goes there, what it shows comes back. The connection
 * comes back by itself. What is typed without one is refused, not kept: a command that runs minutes later is no help.
 */
import { encodePath, socketUrl } from "../../net/api";
import { Connection } from "../../net/connection";
import { Observable } from "../../net/observable";
import { onPause } from "../../net/paused";
import type { ErrorBody, TerminalStatus, TerminalToClient, TerminalToServer } from "../../protocol/generated";

/** First bytes of binary frames (`studium/protocol/terminals.py`). */
const OUTPUT = 0;
const SCREEN = 1;
/** A paste goes out in frames of this size at most. */
const FRAME_BYTES = 32 * 1024;
/** Drawing is acknowledged once so much was drawn, or after this time. */
const ACKNOWLEDGE_BYTES = 16 * 1024;
const ACKNOWLEDGE_MS = 60;
/** Cancels a sequence that was cut off, and makes the terminal as new. In the stream, so that it comes in its turn. */
const RESET = Uint8Array.of(0x18, 0x1b, 0x63);
/** Close codes after which another try gives the same answer. */
export const FINAL_CLOSES: ReadonlySet<number> = new Set([4400, 4401, 4403, 4404]);

/** What draws. Both act in the order in which they were called. */
export interface Screen {
  write(bytes: Uint8Array, drawn: () => void): void;
  resize(columns: number, rows: number): void;
}

export interface TerminalClientOptions {
  projectId: string;
  path: string;
  terminalId: string;
  accountId: string;
  screen: Screen;
  onBell(): void;
  onOpenFiles(paths: readonly string[]): void;
  onSaved(path: string): void;
  onFailed(error: ErrorBody): void;
  url?: string;
  WebSocket?: typeof WebSocket;
  random?: () => number;
}

export function terminalUrl(projectId: string, path: string, terminalId?: string): string {
  const query = terminalId === undefined ? "" : `?terminal=${encodeURIComponent(terminalId)}`;
  return socketUrl(`/projects/${projectId}/terminals/${encodePath(path)}${query}`);
}

export class TerminalClient {
  /** What was told last; it stays when the connection is lost, `connection.state` says whether it holds. */
  readonly status = new Observable<TerminalStatus | null>(null);
  readonly connection: Connection;
  readonly #unwatch: () => void;
  /** How much has room in this page; null before that is known. */
  readonly room = new Observable<{ columns: number; rows: number } | null>(null);
  /** Counts connections: what an earlier one brought is not acknowledged to a later one. */
  #epoch = 0;
  #told = false;
  #drawn = 0;
  /** Typed while the program was being started. */
  #early: Uint8Array<ArrayBuffer>[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: TerminalClientOptions) {
    const { projectId, path, terminalId } = options;
    this.connection = new Connection({
      url: options.url ?? terminalUrl(projectId, path, terminalId),
      WebSocket: options.WebSocket,
      random: options.random,
      onOpen: () => this.#opened(),
      onMessage: (message) => this.#take(message as TerminalToClient),
      onBytes: (bytes) => this.#draw(new Uint8Array(bytes)),
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

  send(message: TerminalToServer): boolean {
    return this.connection.send(message);
  }

  /** Types; answers whether it went out, or does so in a moment, when the program has started. */
  type(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#told && this.status.get()?.state === "starting") {
      this.#early.push(bytes);
      return true;
    }
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
      if (!this.connection.sendBytes(bytes.subarray(at, at + FRAME_BYTES))) return false;
    }
    return true;
  }

  /** This much would fit here now. Whoever has the say on the size keeps it with another window size. */
  fits(columns: number, rows: number): void {
    const known = this.room.get();
    if (known?.columns === columns && known.rows === rows) return;
    this.room.set({ columns, rows });
    this.#show(this.rulesSize);
  }

  /** Makes the terminal as large as fits here, for everybody. */
  takeSize(): void {
    this.#show(true);
  }

  /** Is it this person's window that the terminal fits? Also when nobody's who is here does. */
  get rulesSize(): boolean {
    const status = this.status.get();
    if (!this.#told || !status) return false;
    const { sized_by: by, people } = status;
    return by == null || by === this.options.accountId || !people.some((person) => person.account_id === by);
  }

  /** Is it as large as fits here? */
  get isOwnSize(): boolean {
    const status = this.status.get();
    const room = this.room.get();
    return !status || !room || (status.columns === room.columns && status.rows === room.rows);
  }

  close(): void {
    this.#unwatch();
    this.connection.close();
    this.#lost();
  }

  #opened(): void {
    this.#epoch += 1;
    this.#drawn = 0;
    this.#show(false);
  }

  #show(active: boolean): void {
    const room = this.room.get();
    if (room) this.connection.send({ type: "show", ...room, active } satisfies TerminalToServer);
  }

  #take(message: TerminalToClient): void {
    switch (message.type) {
      case "status": {
        const first = !this.#told;
        this.#told = true;
        this.options.screen.resize(message.columns, message.rows);
        this.status.set(message);
        if (message.state !== "starting") this.#typeEarly(message.state === "running");
        if (first && this.rulesSize && !this.isOwnSize) this.#show(true);
        return;
      }
      case "bell":
        this.options.onBell();
        return;
      case "open":
        this.options.onOpenFiles(message.paths);
        return;
      case "saved":
        this.options.onSaved(message.path);
        return;
      case "failed":
        this.options.onFailed(message.error);
    }
  }

  #typeEarly(runs: boolean): void {
    const early = this.#early;
    this.#early = [];
    if (runs) for (const bytes of early) this.type(bytes);
  }

  #draw(frame: Uint8Array): void {
    const kind = frame[0];
    if (kind !== OUTPUT && kind !== SCREEN) return;
    const bytes = frame.subarray(1);
    const epoch = this.#epoch;
    if (kind === SCREEN) this.options.screen.write(RESET, () => {});
    this.options.screen.write(bytes, () => {
      if (epoch === this.#epoch) this.#acknowledge(bytes.length);
    });
  }

  #acknowledge(size: number): void {
    this.#drawn += size;
    if (this.#drawn >= ACKNOWLEDGE_BYTES) this.#tellDrawn();
    else this.#timer ??= setTimeout(() => this.#tellDrawn(), ACKNOWLEDGE_MS);
  }

  #tellDrawn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#drawn > 0) this.connection.send({ type: "drawn", size_bytes: this.#drawn } satisfies TerminalToServer);
    this.#drawn = 0;
  }

  #lost(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = false;
    this.#early = [];
  }
}
