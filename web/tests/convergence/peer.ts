/**
 * The page's own document client as a child process of `tests/convergence`: a request is a line of JSON, and so is its
 * answer. One process holds all tabs of a program, and serves one program after the other.
 */
import { createInterface } from "node:readline";
import { UndoManager } from "yjs";
import { DocumentClient } from "../../src/sync/document-client";
import type { PendingRecord } from "../../src/sync/pending";
import { applyToText } from "../../src/sync/ydoc";
import { seed } from "./seeded-webcrypto";

/** A record as JSON: its update in base64. */
type KeptRecord = Omit<PendingRecord, "update"> & { update: string };

type Request = { tab: string } & (
  | { act: "open" | "connect" | "disconnect" | "undo" | "redo" | "records" | "save_now" | "probe" | "look" | "close" }
  | { act: "receive"; frame: string }
  | { act: "edit"; from: number; to: number; insert: string }
  | { act: "restore"; records: KeptRecord[] }
  | { act: "failed"; code: "not_permitted" | "not_found" }
);

/** Origin of what a person types. */
const TYPED = Symbol("typed");

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const base64 = (data: Uint8Array): string => Buffer.from(data).toString("base64");

class Tab {
  readonly client = new DocumentClient({ now: () => 0 });
  private sent: string[] = [];
  private undo = this.newUndo();
  private generation = 0;

  act(request: Request): object {
    const { client } = this;
    if (client.generation !== this.generation) {
      this.generation = client.generation;
      this.undo = this.newUndo();
    }
    switch (request.act) {
      case "connect":
        client.connected({ send: (frame) => this.sent.push(base64(frame)) });
        break;
      case "disconnect":
        client.disconnected();
        break;
      case "receive":
        client.received(bytes(request.frame));
        break;
      case "edit":
        // As the editor does: one transaction for a change, with an origin of its own.
        applyToText(client.text, [request], TYPED);
        this.undo.stopCapturing();
        break;
      case "undo":
        this.undo.undo();
        break;
      case "redo":
        this.undo.redo();
        break;
      case "save_now":
        client.saveNow();
        break;
      case "probe":
        client.probe();
        break;
      case "restore":
        for (const record of request.records) client.restore({ ...record, update: bytes(record.update) });
        break;
      case "failed":
        client.failed({ code: request.code, message: "The connection was refused." }, true);
        break;
    }
    return this.answer(request.act === "records");
  }

  private answer(withRecords: boolean): object {
    const { client } = this;
    const { kind, waiting } = client.saveState;
    const sent = this.sent;
    this.sent = [];
    const records = withRecords
      ? client.pendingRecords().map((record) => ({ ...record, update: base64(record.update) }))
      : undefined;
    return {
      sent,
      kind,
      waiting,
      pending: client.pendingAnything,
      ready: client.ready,
      writable: client.writable,
      history: client.historyId,
      text: client.text.toString(),
      records,
    };
  }

  private newUndo(): UndoManager {
    return new UndoManager(this.client.text, { trackedOrigins: new Set([TYPED]), captureTimeout: 0 });
  }
}

const tabs = new Map<string, Tab>();

function answer(request: Request | { begin: number }): object {
  if ("begin" in request) {
    for (const tab of tabs.values()) tab.client.destroy();
    tabs.clear();
    seed(request.begin);
    return {};
  }
  if (request.act === "open") tabs.set(request.tab, new Tab());
  const tab = tabs.get(request.tab);
  if (tab === undefined) throw new Error(`There is no tab ${request.tab}.`);
  const result = tab.act(request);
  if (request.act === "close") {
    tab.client.destroy();
    tabs.delete(request.tab);
  }
  return result;
}

createInterface({ input: process.stdin }).on("line", (line) => {
  let result: object;
  try {
    result = answer(JSON.parse(line));
  } catch (error) {
    result = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
});
