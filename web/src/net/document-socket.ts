/**
 * The WebSocket of one document: keeps a `DocumentClient` connected, and tells it when that is of no use.
 *
 * A lost connection is tried again with growing pauses. A socket can look open long after the network is gone, so
 * silence counts as loss: the client probes after a while without a message and reconnects after some more.
 */
import { type ErrorBody, type ErrorCode, SUBPROTOCOL } from "../protocol/generated";
import type { DocumentClient } from "../sync/document-client";

export const FIRST_PAUSE_MS = 100;
export const LONGEST_PAUSE_MS = 5_000;
/** Without a message for so long the client asks for one; without an answer it reconnects. */
export const PROBE_AFTER_MS = 15_000;
export const LOST_AFTER_MS = 30_000;
/** A connection that is not open by then never will be. */
const OPEN_WITHIN_MS = 10_000;
const HEARTBEAT_MS = 5_000;
/** After so many refused connections in a row the server is asked, by a plain request, why. */
const ASK_WHY_AFTER = 2;

/** Codes after which another try gives the same answer, until the person does something. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "not_signed_in",
  "wrong_credentials",
  "not_permitted",
  "wrong_origin",
  "not_found",
  "not_text",
  "too_large",
  "invalid_path",
]);

const BY_CLOSE_CODE: Record<number, ErrorBody> = {
  4400: { code: "invalid_path", message: "This path cannot be opened. Rename the file and open it again." },
  4401: { code: "not_signed_in", message: "You are signed out. Sign in again to go on." },
  4403: { code: "not_permitted", message: "You no longer have access to this file. Ask the owner of the project." },
  4404: { code: "not_found", message: "This file or its project is gone. Look for it in the trash." },
  4413: { code: "too_large", message: "This file is too large for the editor. Download it to look at it." },
  4415: { code: "not_text", message: "This file is not text." },
};

export type Connect = (url: string, protocols: string[]) => WebSocket;

export interface DocumentSocketOptions {
  url: string;
  /** The history that this page holds or has kept edits of: the server then serves that one, wherever it lives now. */
  history?(): string | null;
  connect?: Connect;
  random?(): number;
}

/** Where a document is served. Each name of the path is encoded on its own. */
export function documentUrl(projectId: string, path: string, origin: string = location.origin): string {
  const names = path.split("/").map(encodeURIComponent).join("/");
  return `${origin.replace(/^http/, "ws")}/projects/${encodeURIComponent(projectId)}/documents/${names}`;
}

export class DocumentSocket {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private lastMessageAt = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private stopped = true;
  private opened = false;
  private readonly connect: Connect;
  private readonly random: () => number;
  private readonly history: () => string | null;

  private url: string;

  constructor(
    private readonly client: DocumentClient,
    options: DocumentSocketOptions,
  ) {
    this.url = options.url;
    this.connect = options.connect ?? ((url, protocols) => new WebSocket(url, protocols));
    this.random = options.random ?? Math.random;
    this.history = options.history ?? (() => null);
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.attempts = 0;
    window.addEventListener("online", this.retryNow);
    window.addEventListener("offline", this.goneOffline);
    document.addEventListener("visibilitychange", this.beat);
    this.open();
  }

  get running(): boolean {
    return !this.stopped;
  }

  /** Closes for good; `start` opens again. */
  stop(): void {
    this.stopped = true;
    window.removeEventListener("online", this.retryNow);
    window.removeEventListener("offline", this.goneOffline);
    document.removeEventListener("visibilitychange", this.beat);
    this.drop();
    this.client.disconnected();
  }

  /** Where the document lives from now on; a connection that is open goes on. */
  moveTo(url: string): void {
    this.url = url;
  }

  /** Connects at once instead of at the end of the pause; a try that still hangs began before the network was back. */
  readonly retryNow = (): void => {
    if (this.stopped || (this.socket && this.opened)) return;
    this.attempts = 0;
    this.open();
  };

  // The browser says so too when only the way to the world is gone; then the next try, at once, succeeds.
  private readonly goneOffline = (): void => this.lost();

  private open(): void {
    this.drop();
    const history = this.history();
    const query = history === null ? "" : `?history=${encodeURIComponent(history)}`;
    const socket = this.connect(this.url + query, [SUBPROTOCOL]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.lastMessageAt = Date.now();
    this.opened = false;
    socket.onopen = () => {
      this.opened = true;
      this.client.connected({
        send: (frame) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
        },
      });
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => this.take(event.data);
    socket.onclose = (event) => {
      if (!this.opened && this.attempts >= ASK_WHY_AFTER) void this.askWhy();
      this.lost(event.code);
    };
    this.heartbeat = setInterval(this.beat, HEARTBEAT_MS);
  }

  private take(data: ArrayBuffer): void {
    this.lastMessageAt = Date.now();
    try {
      this.client.received(new Uint8Array(data));
    } catch (error) {
      console.error("A frame of a document could not be read; connecting anew.", error);
      this.lost();
      return;
    }
    // Only a server that greets has come back; one that accepts and dies must not be tried without a pause.
    if (this.client.saveState.online) this.attempts = 0;
  }

  /** Also when the page is looked at again: after a sleep its timers may be late. */
  private readonly beat = (): void => {
    if (!this.socket) return;
    const silent = Date.now() - this.lastMessageAt;
    if (silent >= (this.opened ? LOST_AFTER_MS : OPEN_WITHIN_MS)) this.lost();
    else if (silent >= PROBE_AFTER_MS) this.client.probe();
  };

  private lost(code?: number): void {
    if (this.stopped || !this.socket) return;
    this.drop();
    this.client.disconnected();
    const error = code === undefined ? undefined : BY_CLOSE_CODE[code];
    if (error) {
      this.client.failed(this.client.failureError ?? error, true);
      this.stop();
      return;
    }
    const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.attempts);
    this.attempts++;
    this.pause = setTimeout(() => this.open(), most * (0.5 + this.random() / 2));
  }

  /** A browser hides why an upgrade was refused; the same address by plain HTTP says it. */
  private async askWhy(): Promise<void> {
    const error = await refusal(this.url.replace(/^ws/, "http"));
    if (!error || this.stopped || this.client.saveState.online) return;
    // A server that is there answers a plain request with "this is a WebSocket": no reason to stop.
    if (error.code === "invalid_request") return;
    const final = FINAL.has(error.code);
    this.client.failed(error, final);
    if (final) this.stop();
  }

  private drop(): void {
    clearTimeout(this.pause);
    clearInterval(this.heartbeat);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

async function refusal(url: string): Promise<ErrorBody | undefined> {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.ok) return undefined;
    return ((await answer.json()) as { error?: ErrorBody }).error;
  } catch {
    // No network, or an answer that is not ours: the tries go on.
    return undefined;
  }
}
