import type { TablesRequest } from "../protocol/generated";

/** All sockets that were opened, oldest first. */
export const sockets: ScriptedSocket[] = [];

/** A WebSocket that does what the test says, when it says so. */
export class ScriptedSocket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly sent: TablesRequest[] = [];

  constructor(readonly url: string) {
    sockets.push(this);
  }

  /** As the type that the code under test takes. */
  static readonly type = ScriptedSocket as unknown as typeof WebSocket;

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  receive(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  lose(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.readyState = 3;
  }
}
