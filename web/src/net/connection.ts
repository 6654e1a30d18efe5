import { backoff } from "./backoff";
import { Observable } from "./observable";

export type ConnectionState = "connecting" | "open" | "offline" | "paused" | "closed";

export interface ConnectionOptions {
  url: string;
  onOpen(send: (message: unknown) => void): void;
  onMessage(message: unknown): void;
  /** Frames that are not text. */
  onBytes?(bytes: ArrayBuffer): void;
  /** Called once a connection ends, with the sentence of the server if it gave one; answer false to stay closed. */
  onClose?(code: number, reason: string): boolean;
  WebSocket?: typeof WebSocket;
  random?: () => number;
}

/** A connection that has been silent for this long after an attempt to open it is given up. */
const OPEN_TIMEOUT_MS = 10_000;

/**
 * One WebSocket of JSON frames that comes back by itself, with back-off and jitter, and at once when the browser says
 * that the network is back.
 */
export class Connection {
  readonly state = new Observable<ConnectionState>("connecting");
  readonly #options: ConnectionOptions;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #ended = false;
  #paused = false;
  #reconnects = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    globalThis.addEventListener?.("online", this.#networkIsBack);
    globalThis.addEventListener?.("offline", this.#networkIsGone);
    this.#open();
  }

  /** Sends a frame; answers false when there is no connection. */
  send(message: unknown): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  sendBytes(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(bytes);
    return true;
  }

  /** Ends for a while: `resume` opens again, nothing else does. */
  pause(): void {
    if (this.#ended || this.#paused) return;
    this.#paused = true;
    clearTimeout(this.#timer);
    this.#drop();
    this.state.set("paused");
  }

  resume(): void {
    if (this.#ended || !this.#paused) return;
    this.#paused = false;
    this.state.set("connecting");
    this.retry();
  }

  /** Ends for good. */
  close(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.("online", this.#networkIsBack);
    globalThis.removeEventListener?.("offline", this.#networkIsGone);
    this.#drop();
    this.state.set("closed");
  }

  /** Tries now instead of after the pause. */
  retry(): void {
    if (this.#ended || this.#paused || this.state.get() === "open") return;
    this.#attempt = 0;
    clearTimeout(this.#timer);
    this.#drop();
    this.#open();
  }

  statistics(): { reconnects: number; state: ConnectionState } {
    return { reconnects: this.#reconnects, state: this.state.get() };
  }

  #networkIsBack = (): void => this.retry();

  #networkIsGone = (): void => {
    if (this.#socket) this.#connectionEnded(1006);
  };

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }

  #open(): void {
    const Socket = this.#options.WebSocket ?? WebSocket;
    const socket = new Socket(this.#options.url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#connectionEnded(1006), OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#attempt = 0;
      this.state.set("open");
      this.#options.onOpen((message) => this.send(message));
    };
    socket.onmessage = (event) => {
      if (typeof event.data === "string") this.#options.onMessage(JSON.parse(event.data));
      else this.#options.onBytes?.(event.data);
    };
    socket.onclose = (event) => this.#connectionEnded(event.code, event.reason);
    socket.onerror = () => {};
  }

  #connectionEnded(code: number, reason = ""): void {
    clearTimeout(this.#timer);
    this.#drop();
    if (this.#ended) return;
    if (this.#options.onClose?.(code, reason) === false) {
      this.close();
      return;
    }
    this.#reconnects += 1;
    this.state.set("offline");
    this.#timer = setTimeout(() => this.#open(), backoff(this.#attempt++, this.#options.random));
  }
}
