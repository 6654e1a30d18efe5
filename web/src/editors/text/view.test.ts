import { undo } from "@codemirror/commands";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DocumentClient } from "../../sync/document-client";
import { ScriptedServer } from "../../sync/scripted-server";
import { undoManagerOf } from "./undo";
import { TextView } from "./view";

const settings = { keys: "default", fontSize: 13, lineWrap: true, theme: "light" } as const;
const opened: TextView[] = [];

function settle(server: ScriptedServer, ...clients: DocumentClient[]): void {
  for (let round = 0; round < 6; round++) {
    for (const client of clients) server.take(client);
    server.commit();
    for (const client of clients) server.give(client);
  }
}

function pair(text: string, path = "main.py") {
  const server = new ScriptedServer();
  server.beginHistory(text);
  const clients = [0, 1].map(() => new DocumentClient({ now: () => 0 })) as [DocumentClient, DocumentClient];
  for (const client of clients) server.connect(client);
  settle(server, ...clients);
  const views = clients.map((client) => {
    const view = new TextView(document.body, { client, path, settings, onUpdate: () => undefined });
    opened.push(view);
    return view;
  }) as [TextView, TextView];
  return { server, clients, views, settle: () => settle(server, ...clients) };
}

const shown = (view: TextView) => view.view.state.doc.toString();
const type = (view: TextView, at: number, insert: string) =>
  view.view.dispatch({ changes: { from: at, insert }, userEvent: "input.type" });

beforeEach(() => {
  // jsdom lays nothing out.
  Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
});
afterEach(() => {
  for (const view of opened.splice(0)) view.destroy();
  document.body.replaceChildren();
});

describe("TextView", () => {
  it("shows what others type and sends what is typed here", () => {
    const { clients, views, settle } = pair("one\ntwo\n");
    type(views[0], 0, "zero\n");
    type(views[1], 8, "three\n");
    settle();
    expect(shown(views[0])).toBe("zero\none\ntwo\nthree\n");
    expect(shown(views[1])).toBe(shown(views[0]));
    expect(clients[0].text.toString()).toBe(shown(views[0]));
  });

  it("keeps positions right with several cursors, other characters and lone carriage returns", () => {
    const { clients, views, settle } = pair("a\rb\né😀\nc\u2028d\n");
    views[0].view.dispatch({
      changes: [
        { from: 0, insert: "😀" },
        { from: 4, to: 5, insert: "" },
        { from: 8, insert: "x\n" },
      ],
    });
    settle();
    expect(shown(views[1])).toBe(shown(views[0]));
    expect(clients[1].text.toString()).toBe(shown(views[0]));
  });

  it("undoes one's own edits only", () => {
    const { clients, views, settle } = pair("");
    type(views[0], 0, "mine");
    settle();
    type(views[1], 4, " theirs");
    settle();
    undoManagerOf(clients[0].text).undo();
    settle();
    expect(shown(views[1])).toBe(" theirs");
    expect(undo({ state: views[0].view.state, dispatch: () => undefined })).toBe(false);
  });

  it("is named after the file, and says what it is", () => {
    const { views } = pair("def f():\n    pass\n", "code/main.py");
    expect(views[0].view.contentDOM.getAttribute("aria-label")).toBe("main.py editor");
    expect(views[0].view.contentDOM.getAttribute("role")).toBe("textbox");
    expect(views[0].language).toBe("Python");
    views[0].goTo(2);
    expect(views[0].position()).toEqual({ line: 2, column: 1, selected: 0 });
    views[0].goTo(99);
    expect(views[0].position().line).toBe(3);
  });

  it("keeps in step when its binding breaks", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { clients, views } = pair("abc\n");
    const insert = clients[0].text.insert;
    clients[0].text.insert = () => {
      clients[0].text.insert = insert;
      throw new Error("broken");
    };
    type(views[0], 0, "typed ");
    expect(clients[0].text.toString()).toBe("typed abc\n");
    expect(said).toHaveBeenCalled();
    said.mockRestore();
  });
});
