import * as Y from "yjs";
import { encodeUpdate } from "./messages";

/** Sync messages on their way; past this they wait in the backlog until acknowledgements come. */
export const MAX_IN_FLIGHT = 512;
/** Updates in the backlog; past this they are merged into one. */
const MAX_BACKLOG = 256;

/** This client's changes between its document and the server's log. */
export class Outbox {
  /** Changes that each unacknowledged sync message of this connection carries; 0 for one that carries none. */
  private inFlight: number[] = [];
  private acknowledged = 0;
  private unsent = 0;
  private backlog: Uint8Array[] = [];

  constructor(private readonly send: (frame: Uint8Array) => void) {}

  /** Changes that are not acknowledged. */
  get waiting(): number {
    return this.unsent + this.inFlight.reduce((sum, changes) => sum + changes, 0);
  }

  get messagesInFlight(): number {
    return this.inFlight.length;
  }

  /** The connection is gone: what was on its way counts as unsent, and the next second step carries it. */
  disconnected(): void {
    this.unsent = this.waiting;
    this.inFlight = [];
    this.backlog = [];
    this.acknowledged = 0;
  }

  /** Unsent changes, which the caller takes over. */
  takeUnsent(): number {
    const changes = this.unsent;
    this.unsent = 0;
    this.backlog = [];
    return changes;
  }

  /** A change that cannot be sent now. */
  hold(changes = 1): void {
    this.unsent += changes;
  }

  /** Sends a sync message of type 1 or 2 that carries so many changes. */
  carry(message: Uint8Array, changes: number): void {
    this.inFlight.push(changes);
    this.send(message);
  }

  /** Sends one change, or keeps it back while too much is on its way. */
  push(update: Uint8Array): void {
    if (this.backlog.length === 0 && this.inFlight.length < MAX_IN_FLIGHT) {
      this.carry(encodeUpdate(update), 1);
      return;
    }
    this.unsent++;
    this.backlog.push(update);
    if (this.backlog.length > MAX_BACKLOG) this.backlog = [Y.mergeUpdates(this.backlog)];
  }

  /** The first `count` messages of the connection are in the log; whether changes were among the newly counted. */
  acknowledge(count: number): boolean {
    let changed = false;
    for (; this.acknowledged < count && this.inFlight.length > 0; this.acknowledged++) {
      if ((this.inFlight.shift() ?? 0) > 0) changed = true;
    }
    if (this.backlog.length > 0 && this.inFlight.length < MAX_IN_FLIGHT / 2) {
      const update = Y.mergeUpdates(this.backlog);
      this.carry(encodeUpdate(update), this.takeUnsent());
    }
    return changed;
  }
}
