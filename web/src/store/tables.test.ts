import { afterEach, describe, expect, it, vi } from "vitest";
import { ScriptedSocket, sockets } from "../net/scripted-socket.test-support";
import { TablesSocket } from "../net/tables-socket";
import { type TableQuery, TableStore } from "./tables";

interface Project {
  project_id: string;
  title: string;
}

const PROJECTS: TableQuery<Project> = {
  table: "projects",
  fields: { project_id: null, title: null },
  key: ["project_id"],
};
const SNAPSHOT = { projects: [{ project_id: "p", title: "Old" }] };

function opened() {
  const failures: string[] = [];
  const tables = new TablesSocket({ url: "ws://test/", WebSocket: ScriptedSocket.type, random: () => 0 });
  const store = new TableStore(tables, (message) => failures.push(message));
  const socket = sockets.at(-1) as ScriptedSocket;
  socket.open();
  return { store, socket, failures };
}

afterEach(() => {
  sockets.length = 0;
  vi.useRealTimers();
});

describe("live tables", () => {
  it("share one feed between equal queries", () => {
    const { store, socket } = opened();
    const ends = [store.follow(PROJECTS), store.follow({ ...PROJECTS })];
    expect(socket.sent).toHaveLength(1);
    socket.receive({ id: socket.sent[0]?.id, result: SNAPSHOT, seq: 0 });
    expect(store.state(PROJECTS).get().rows).toEqual(SNAPSHOT.projects);
    for (const end of ends) end();
    store.close();
  });

  it("show a write at once and take it back with a message when it is refused", async () => {
    const { store, socket, failures } = opened();
    store.follow(PROJECTS);
    socket.receive({ id: socket.sent[0]?.id, result: SNAPSHOT, seq: 0 });
    const written = store.write("projects", { project_id: "p", title: "New" });
    expect(store.state(PROJECTS).get().rows[0]?.title).toBe("New");
    socket.receive({ id: socket.sent[1]?.id, error: { code: "not_permitted", message: "You may only look." } });
    await expect(written).rejects.toThrow("You may only look.");
    expect(store.state(PROJECTS).get().rows[0]?.title).toBe("Old");
    expect(failures).toEqual(["You may only look."]);
    store.close();
  });

  it("go from the write to the server's row without a step back", async () => {
    const { store, socket } = opened();
    store.follow(PROJECTS);
    const feed = socket.sent[0]?.id;
    socket.receive({ id: feed, result: SNAPSHOT, seq: 0 });
    const seen: (string | undefined)[] = [];
    store.state(PROJECTS).subscribe(() => seen.push(store.state(PROJECTS).get().rows[0]?.title));
    const written = store.write("projects", { project_id: "p", title: "New" });
    socket.receive({ id: socket.sent[1]?.id, result: { projects: { project_id: "p" } } });
    await written;
    socket.receive({ id: feed, seq: 1, action: "update", new: { project_id: "p", title: "New" } });
    expect(new Set(seen)).toEqual(new Set(["New"]));
    store.close();
  });
});
