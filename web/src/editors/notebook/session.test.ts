import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import type * as Y from "yjs";
import type { DocumentClient } from "../../sync/document-client";
import { deleteCells } from "../../sync/notebook/acts";
import { copiesOf, docOf, idsOf, sourcesOf, sync } from "../../sync/notebook/notebook.test-support";
import { dismiss, toasts } from "../../ui/toast-queue";
import type { KernelClient } from "./kernel-client";
import { NotebookSession } from "./session";

/** Of a document's client, as much as a session asks for. */
function clientOf(doc: Y.Doc) {
  const listeners = new Set<() => void>();
  const client = {
    doc,
    writable: true,
    waiting: 0,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return { client, tell: () => [...listeners].forEach((listener) => void listener()) };
}

function opened(...sources: string[]) {
  const made = docOf(...sources);
  const [doc, other] = copiesOf(made, 2) as [Y.Doc, Y.Doc];
  const { client, tell } = clientOf(doc);
  const session = new NotebookSession(client as unknown as DocumentClient);
  const asked: { type: string; cells?: string[] }[] = [];
  session.kernel = {
    connection: { send: (message: (typeof asked)[number]) => asked.push(message) > 0 },
  } as unknown as KernelClient;
  return { session, doc, other, client, tell, asked };
}

const active = (session: NotebookSession) => session.selection.get().active;

afterEach(() => {
  for (const { id } of toasts.get()) dismiss(id);
});

it("selects from one cell to another, and one at the end", () => {
  const { session } = opened("a", "b", "c");
  session.step(1);
  session.step(1, true);
  expect(session.selected()).toEqual(["c1", "c2"]);
  session.step(1, true);
  expect(session.selected()).toEqual(["c1", "c2"]);
  session.step(1);
  expect(session.selected()).toEqual(["c2"]);
});

it("goes on with the cell that stands in the place of one that is gone", () => {
  const { session, doc, other } = opened("a", "b", "c");
  session.select("c1");
  deleteCells(other, ["c1"]);
  sync([doc, other]);
  expect(active(session)).toBe("c2");
  deleteCells(other, ["c2"]);
  sync([doc, other]);
  expect(active(session)).toBe("c0");
});

it("offers back what was typed into a cell that somebody else has deleted, where it stood", () => {
  const { session, doc, other } = opened("a", "b", "c");
  session.select("c1", { mode: "edit" });
  session.putBack.typed("c1", { toString: () => "b, and more" } as never);
  deleteCells(other, ["c1"]);
  sync([doc, other]);
  const [offer] = toasts.get();
  expect(offer?.act?.label).toBe("Put it back");
  offer?.act?.run();
  expect(sourcesOf(doc)).toEqual(["a", "b, and more", "c"]);
  expect(session.selection.get()).toMatchObject({ mode: "edit", active: idsOf(doc)[1] });
});

it("offers nothing for what one has deleted oneself, or not typed into", () => {
  const { session, doc, other } = opened("a", "b", "c");
  session.putBack.typed("c0", { toString: () => "a" } as never);
  session.select("c0");
  session.remove();
  deleteCells(other, ["c1"]);
  sync([doc, other]);
  expect(toasts.get()).toEqual([]);
});

it("asks for a run when the server has what was typed, and for code cells only", async () => {
  const { session, client, tell, asked } = opened("a", "b");
  session.select("c1");
  session.setType("markdown");
  client.waiting = 1;
  session.runAll();
  await Promise.resolve();
  expect(asked).toEqual([]);
  client.waiting = 0;
  tell();
  await vi.waitFor(() => expect(asked).toEqual([{ type: "run", cells: ["c0"] }]));
});

it("runs nothing that has not reached the server, and says so", async () => {
  vi.useFakeTimers();
  const { session, client, asked } = opened("a");
  client.waiting = 1;
  session.runAll();
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  expect(asked).toEqual([]);
  expect(toasts.get()[0]?.text).toMatch(/nothing was run/);
});

it("whatever two do at once, one's selection is of cells that are there, and undo gives one's own back", () => {
  type Act = (session: NotebookSession) => void;
  const acts: Record<string, Act> = {
    insert: (session) => session.insert(true),
    remove: (session) => session.remove(),
    down: (session) => session.step(1),
    extend: (session) => session.step(-1, true),
    move: (session) => session.move(1),
    merge: (session) => session.merge(),
    duplicate: (session) => session.duplicate(),
    markdown: (session) => session.setType("markdown"),
    undo: (session) => session.undo(),
    redo: (session) => session.redo(),
  };
  const program = fc.array(fc.tuple(fc.constantFrom("me", "other", "sync"), fc.constantFrom(...Object.keys(acts))));
  fc.assert(
    fc.property(program, (steps) => {
      const { session: me, doc, other } = opened("a", "b", "c");
      const theirs = new NotebookSession(clientOf(other).client as unknown as DocumentClient);
      for (const [who, name] of steps) {
        if (who === "sync") sync([doc, other]);
        else (acts[name] as Act)(who === "me" ? me : theirs);
        for (const [session, of] of [[me, doc] as const, [theirs, other] as const]) {
          const there = idsOf(of);
          expect(there).toContain(active(session));
          expect(session.selected().every((id) => there.includes(id))).toBe(true);
        }
      }
      sync([doc, other]);
      expect(idsOf(doc)).toEqual(idsOf(other));
      me.destroy();
      theirs.destroy();
    }),
    { numRuns: 60 },
  );
});
