// Typists on unchanged `y-websocket` clients, which know of no acknowledgement.
import "./quick_clock.mjs";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { serve } from "./typists.mjs";

class Stock {
  kind = "unknown";
  waiting = 0;
  failure = null;

  constructor({ url, token }) {
    const headers = { authorization: `Bearer ${token}` };
    class Socket extends WebSocket {
      constructor(address, protocols) {
        super(address, protocols, { headers, perMessageDeflate: false });
      }
    }
    const end = url.lastIndexOf("/");
    this.doc = new Y.Doc();
    this.provider = new WebsocketProvider(url.slice(0, end), url.slice(end + 1), this.doc, {
      WebSocketPolyfill: Socket,
      disableBc: true,
    });
    this.has = false;
    this.provider.on("sync", (synced) => {
      this.has ||= synced;
    });
  }

  get text() {
    return this.doc.getText("source");
  }

  get ready() {
    return this.has;
  }

  get online() {
    return this.provider.wsconnected && this.provider.synced;
  }

  vanish() {
    this.provider.shouldConnect = false;
    this.provider.ws?.terminate();
  }

  end() {
    this.provider.destroy();
  }
}

await serve((options) => new Stock(options));
