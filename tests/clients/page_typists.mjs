// Typists on the page's own client: `web/src/sync` and `web/src/net`, as in a browser but for the socket underneath.
// Bundled with the page's tools before it runs (tests/faults/typists.py).
import "./quick_clock.mjs";
import WebSocket from "ws";
import { DocumentSocket } from "../../web/src/net/document-socket";
import { DocumentClient } from "../../web/src/sync/document-client";
import { serve } from "./typists.mjs";

globalThis.window = new EventTarget();
globalThis.document = new EventTarget();
globalThis.WebSocket = WebSocket;
let authorization = "";
const { fetch } = globalThis;
// The page asks by plain HTTP why it was refused; its cookie is a token here.
globalThis.fetch = (url, options) => fetch(url, { ...options, headers: { ...options?.headers, authorization } });

class Page {
  constructor({ url, token }, onAcknowledged) {
    Object.assign(this, { url, token, onAcknowledged });
    authorization = `Bearer ${token}`;
    this.open([]);
  }

  open(records) {
    this.client = new DocumentClient({ now: Date.now });
    for (const record of records) this.client.restore(record);
    this.client.subscribe(() => {
      if (this.client.ready && !this.client.pendingAnything) this.onAcknowledged();
    });
    const kept = records.at(-1)?.historyId ?? null;
    this.socket = new DocumentSocket(this.client, {
      url: this.url,
      history: () => this.client.historyId ?? kept,
      connect: (url, protocols) => {
        const headers = { authorization: `Bearer ${this.token}` };
        this.latest = new WebSocket(url, protocols, { headers, perMessageDeflate: false });
        this.latest.on("error", () => {}); // `close` follows, as in a browser
        return this.latest;
      },
    });
    this.socket.start();
  }

  get text() {
    return this.client.text;
  }

  /** As in the page: one can type once the document has been here, with or without a connection. */
  get ready() {
    return this.client.writable;
  }

  get online() {
    return this.client.saveState.online;
  }

  get waiting() {
    return this.client.waiting + (this.client.pendingAnything ? 1 : 0);
  }

  get kind() {
    return this.client.saveState.kind;
  }

  get failure() {
    return this.client.failureError?.message ?? null;
  }

  /** The tab is loaded anew; what waited was kept in the browser. */
  reload() {
    const records = this.client.pendingRecords();
    this.socket.stop();
    this.client.destroy();
    this.open(records);
  }

  vanish() {
    this.latest?.terminate();
    this.socket.stop();
  }

  end() {
    this.socket.stop();
    this.client.destroy();
  }
}

await serve((options, onAcknowledged) => new Page(options, onAcknowledged));
