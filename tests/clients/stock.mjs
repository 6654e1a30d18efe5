// A stock y-websocket client, driven by lines of JSON on standard input; it prints lines of JSON.
// node stock.mjs URL ROOM
import { createInterface } from "node:readline";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const [url, room] = process.argv.slice(2);
const doc = new Y.Doc();
const text = doc.getText("source");
const provider = new WebsocketProvider(url, room, doc, { WebSocketPolyfill: WebSocket, disableBc: true });
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

provider.on("sync", (synced) => say({ synced }));
provider.on("status", ({ status }) => say({ status }));
provider.on("connection-close", (event) => say({ closed: event?.code ?? null }));
text.observe(() => say({ text: text.toString() }));
provider.awareness.on("change", () => say({ people: [...provider.awareness.getStates().values()] }));

const acts = {
  insert: (index, value) => text.insert(index, value),
  remove: (index, length) => text.delete(index, length),
  show: (state) => provider.awareness.setLocalState(state),
  connect: () => provider.connect(),
  disconnect: () => provider.disconnect(),
  ask: () => say({ text: text.toString(), clientId: doc.clientID }),
  end: () => {
    provider.destroy();
    process.exit(0);
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const [act, ...args] = JSON.parse(line);
  acts[act](...args);
}
