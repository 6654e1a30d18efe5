// @vitest-environment node
import { describe, expect, it } from "vitest";
import { DocumentClient } from "./document-client";
import { MAX_IN_FLIGHT } from "./outbox";
import type { PendingRecord } from "./pending";
import { ScriptedServer } from "./scripted-server";

/** Everything that is under way arrives, until all is quiet. */
function settle(server: ScriptedServer, ...clients: DocumentClient[]): void {
  for (let round = 0; round < 8; round++) {
    for (const client of clients) server.take(client);
    server.commit();
    for (const client of clients) server.give(client);
  }
}

function open(server: ScriptedServer, count = 1): DocumentClient[] {
  const clients = Array.from({ length: count }, () => new DocumentClient({ now: () => 0 }));
  for (const client of clients) server.connect(client);
  settle(server, ...clients);
  return clients;
}

const type = (client: DocumentClient, at: number, text: string) => client.text.insert(at, text);

describe("one client", () => {
  it("tells where the text is, from versions alone", () => {
    const server = new ScriptedServer();
    const client = new DocumentClient({ now: () => 0 });
    expect(client.saveState.kind).toBe("opening");
    server.connect(client);
    settle(server, client);
    server.save();
    server.give(client);
    expect(client.saveState).toMatchObject({ kind: "disk", waiting: 0, online: true });
    type(client, 0, "a");
    type(client, 1, "b");
    expect(client.saveState).toMatchObject({ kind: "waiting", waiting: 2 });
    server.take(client);
    server.give(client);
    expect(client.saveState.kind).toBe("waiting");
    server.commit(1);
    server.save();
    server.give(client);
    expect(client.saveState).toMatchObject({ kind: "waiting", waiting: 1 });
    server.commit();
    server.give(client);
    expect(client.saveState.kind).toBe("server");
    server.save();
    server.give(client);
    expect(client.saveState.kind).toBe("disk");
  });

  it("does not count an empty answer as a change, and sends nothing anew", () => {
    const server = new ScriptedServer();
    const [client] = open(server) as [DocumentClient];
    type(client, 0, "text");
    settle(server, client);
    const versions = server.version;
    server.connect(client);
    expect(client.saveState.waiting).toBe(0);
    server.take(client);
    server.give(client);
    server.take(client);
    expect(client.saveState.waiting).toBe(0);
    settle(server, client);
    expect(server.log.slice(versions).every((update) => update.length === 2)).toBe(true);
  });

  it("says that the file could not be written, until it is", () => {
    const server = new ScriptedServer();
    const [client] = open(server) as [DocumentClient];
    const error = { code: "disk_full" as const, message: "The disk is full." };
    server.send(client, { type: "not_saved", error, disk: "content" });
    server.give(client);
    expect(client.saveState).toMatchObject({ kind: "not_saved", error, disk: "content" });
    type(client, 0, "x");
    settle(server, client);
    expect(client.saveState.kind).toBe("not_saved");
    server.save();
    server.give(client);
    expect(client.saveState.kind).toBe("disk");
  });

  it("tells when names of versions have changed, or may have while it was away", () => {
    const server = new ScriptedServer();
    const [client] = open(server) as [DocumentClient];
    const told: number[] = [];
    client.subscribe(() => told.push(client.namings));
    expect(client.namings).toBe(0);
    server.send(client, { type: "names_changed" });
    server.give(client);
    expect(told.at(-1)).toBe(1);
    server.connect(client);
    settle(server, client);
    expect(told.at(-1)).toBe(2);
  });

  it("is on disk after a server died that had greeted it with versions which nobody committed", () => {
    const server = new ScriptedServer();
    const [ada] = open(server) as [DocumentClient];
    for (const letter of "abc") type(ada, 0, letter);
    server.take(ada);
    const [bob] = [new DocumentClient({ now: () => 0 })];
    server.connect(bob); // while the disk is full
    server.take(bob);
    server.give(bob);
    expect(bob.text.toString()).toBe("cba");
    server.restart();
    for (const client of [bob, ada]) {
      server.connect(client); // what comes back comes as one update: the versions are fewer than before
      settle(server, ada, bob);
    }
    expect(bob.saveState.kind).toBe("server");
    server.save();
    settle(server, ada, bob);
    expect([ada.saveState.kind, bob.saveState.kind]).toEqual(["disk", "disk"]);
  });

  it("says why it is read only and sends no content", () => {
    const server = new ScriptedServer();
    server.readOnly = true;
    const [client] = open(server) as [DocumentClient];
    expect(client.saveState).toMatchObject({
      kind: "read_only",
      error: { message: "You are a viewer of this project." },
    });
    expect(client.writable).toBe(false);
  });

  it("bounds what is on its way", () => {
    const server = new ScriptedServer();
    const [client] = open(server) as [DocumentClient];
    for (let index = 0; index < 3 * MAX_IN_FLIGHT; index++) type(client, index, "x");
    expect(client.statistics().inFlight).toBe(MAX_IN_FLIGHT);
    expect(client.saveState.waiting).toBe(3 * MAX_IN_FLIGHT);
    settle(server, client);
    expect(client.saveState.waiting).toBe(0);
    expect(server.doc.getText("source").length).toBe(3 * MAX_IN_FLIGHT);
  });

  it("refuses bytes that are no frame", () => {
    const [client] = open(new ScriptedServer()) as [DocumentClient];
    expect(() => client.received(new Uint8Array([0, 2, 250]))).toThrow("cannot be read");
    expect(() => client.received(new Uint8Array([100, 3, 1, 2, 3]))).toThrow("cannot be read");
  });
});

describe("presence", () => {
  it("shows others while both are connected, and oneself first", () => {
    const server = new ScriptedServer();
    const [ada, bob] = open(server, 2) as [DocumentClient, DocumentClient];
    ada.awareness.setLocalStateField("user", { account_id: "a", name: "Ada", colour: 3 });
    bob.awareness.setLocalStateField("user", { account_id: "b", name: "Bob", colour: 4 });
    settle(server, ada, bob);
    expect(bob.presence().map(({ name, self }) => [name, self])).toEqual([
      ["Bob", true],
      ["Ada", false],
    ]);
    server.cut(bob);
    expect(bob.presence().map(({ name }) => name)).toEqual(["Bob"]);
    server.connect(bob);
    settle(server, ada, bob);
    expect(bob.presence()).toHaveLength(2);
    expect(ada.presence()).toHaveLength(2);
  });
});

describe("another history", () => {
  it("starts afresh and enters pending edits as text", () => {
    const server = new ScriptedServer();
    const [ada, bob] = open(server, 2) as [DocumentClient, DocumentClient];
    type(ada, 0, "one\ntwo\nthree\n");
    settle(server, ada, bob);
    server.cut(bob);
    bob.text.delete(4, 4);
    type(bob, 0, "zero\n");
    expect(bob.saveState.waiting).toBe(2);
    server.beginHistory("one\ntwo\nthree\nfour\n");
    server.connect(ada);
    server.connect(bob);
    settle(server, ada, bob);
    expect(ada.generation).toBe(1);
    expect(ada.text.toString()).toBe("zero\none\nthree\nfour\n");
    expect(bob.text.toString()).toBe(ada.text.toString());
    expect(bob.saveState.waiting).toBe(0);
  });

  it("keeps pending edits when the new one may only be read", () => {
    const server = new ScriptedServer();
    const [client] = open(server) as [DocumentClient];
    type(client, 0, "pending");
    server.readOnly = true;
    server.beginHistory("other\n");
    server.connect(client);
    settle(server, client);
    expect(client.text.toString()).toBe("other\n");
    expect(client.pendingRecords().map(({ base, text }) => [base, text])).toEqual([["", "pending"]]);
  });

  it("does not double what had been acknowledged", () => {
    const server = new ScriptedServer();
    const [client] = open(server) as [DocumentClient];
    type(client, 0, "kept\n");
    settle(server, client);
    type(client, 5, "pending\n");
    server.beginHistory();
    server.connect(client);
    settle(server, client);
    expect(client.text.toString()).toBe("kept\npending\n");
    expect(server.doc.getText("source").toString()).toBe("kept\npending\n");
  });
});

describe("edits kept from an earlier page", () => {
  function typedOffline(): {
    server: ScriptedServer;
    record: PendingRecord;
  } {
    const server = new ScriptedServer();
    const [earlier] = open(server) as [DocumentClient];
    type(earlier, 0, "base\n");
    settle(server, earlier);
    expect(earlier.pendingRecords()).toEqual([]);
    server.cut(earlier);
    type(earlier, 5, "offline\n");
    earlier.text.delete(0, 1);
    const [record] = earlier.pendingRecords();
    if (!record) throw new Error("there is nothing pending");
    return { server, record };
  }

  it.each([1, 2])("merge when given %i times", (times) => {
    const { server, record } = typedOffline();
    expect(record).toMatchObject({ base: "base\n", text: "ase\noffline\n" });
    const later = new DocumentClient({ now: () => 0 });
    for (let time = 0; time < times; time++) later.restore(record);
    server.connect(later);
    settle(server, later);
    expect(server.doc.getText("source").toString()).toBe("ase\noffline\n");
    expect(later.saveState.waiting).toBe(0);
  });

  it("merge into another history", () => {
    const { server, record } = typedOffline();
    server.beginHistory("above\nbase\n");
    const later = new DocumentClient({ now: () => 0 });
    server.connect(later);
    settle(server, later);
    later.restore(record);
    settle(server, later);
    expect(server.doc.getText("source").toString()).toBe("above\nase\noffline\n");
  });
});
