import { beforeEach, describe, expect, it } from "vitest";
import type { EditorStatus, Presence } from "../editors/types";
import { entered, split } from "./groups";
import { othersBelow, othersIn, peopleHere, Workspace } from "./workspace";

beforeEach(() => localStorage.clear());

const person = (clientId: number, accountId: string, self = false): Presence => ({
  clientId,
  accountId,
  name: accountId,
  colour: 1,
  avatar: null,
  self,
});
const status = (...people: Presence[]): EditorStatus => ({
  save: { kind: "disk", waiting: 0, since: 0, online: true },
  people,
});

describe("tabs", () => {
  it("follow a renamed folder, with the documents in them", () => {
    const workspace = new Workspace("p");
    for (const path of ["a/one.txt", "b.txt", "a/two.txt"]) workspace.show(path);
    const key = workspace.keyOf("1", "a/two.txt");
    workspace.setStatus("1", "a/two.txt", status());
    workspace.renamed("a", "c");
    expect(workspace.tabs.get()).toEqual(["c/one.txt", "b.txt", "c/two.txt"]);
    expect(workspace.active).toBe("c/two.txt");
    expect(workspace.keyOf("1", "c/two.txt")).toBe(key);
    expect([...workspace.statuses.get().keys()]).toEqual(["c/two.txt"]);
    expect(workspace.keyOf("1", "a/two.txt")).not.toBe(key);
  });

  it("keep their document in another group, and say what the one that the person is in says", () => {
    const workspace = new Workspace("p");
    for (const path of ["a.txt", "b.txt"]) workspace.show(path);
    const key = workspace.keyOf("1", "b.txt");
    workspace.moveToSide("b.txt", "1", "1", "right");
    expect(workspace.keyOf("2", "b.txt")).toBe(key);
    workspace.groups.update((state) => split(state, "2", "down") ?? state);
    const [upper, lower] = [status(), status()];
    workspace.setStatus("2", "b.txt", upper);
    workspace.setStatus("3", "b.txt", lower);
    expect(workspace.statuses.get().get("b.txt")).toBe(lower);
    workspace.groups.update((state) => entered(state, "2"));
    expect(workspace.statuses.get().get("b.txt")).toBe(upper);
    expect(new Workspace("p").groups.get()).toEqual(workspace.groups.get());
  });

  it("come back from another browser, when they were changed there later", () => {
    const here = new Workspace("p");
    here.show("a.txt");
    const before = here.written();
    localStorage.clear();
    const there = new Workspace("p");
    there.takeOver(before);
    expect(there.tabs.get()).toEqual(["a.txt"]);
    localStorage.clear();
    const other = new Workspace("p");
    other.show("b.txt");
    other.takeOver(before);
    expect(other.tabs.get()).toEqual(["a.txt", "b.txt"]);
    expect(other.active).toBe("b.txt");
    const later = new Workspace("p");
    later.takeOver(before);
    expect(later.tabs.get()).toEqual(["a.txt", "b.txt"]);
    for (const nonsense of ["", "null", "7", "{", '{"at": 1e15, "groups": 7}']) new Workspace("q").takeOver(nonsense);
  });

  it("remember the right panel once somebody opened or closed one", () => {
    const first = new Workspace("p");
    first.show("a.txt");
    expect(new Workspace("p").rightPanelIsNew).toBe(true);
    first.rightPanel.set("people");
    expect(new Workspace("p").rightPanel.get()).toBe("people");
    first.rightPanel.set(null);
    expect(new Workspace("p")).toMatchObject({ rightPanelIsNew: false });
  });
});

describe("people", () => {
  it("are one each, however many tabs they have, and never oneself", () => {
    const here = status(person(1, "me", true), person(2, "me"), person(3, "bob"), person(4, "bob"));
    expect(othersIn(here, "me").map((one) => one.accountId)).toEqual(["bob"]);
    const all = peopleHere(
      new Map([
        ["x.txt", here],
        ["y.txt", status(person(5, "bob"), person(6, "eve"))],
      ]),
      "me",
    );
    expect(all.map((one) => `${one.accountId} ${one.path}`)).toEqual(["bob x.txt", "eve y.txt"]);
  });
});

describe("people in the whole project", () => {
  const one = (account_id: string, path: string) => ({ account_id, path, name: account_id, colour: 1 });
  const inProject = [one("bob", "a.md"), one("me", "a.md"), one("eve", "week/b.md"), one("bob", "week/b.md")];

  it("are each in the file that they came to last", () => {
    const here = peopleHere(new Map(), "me", inProject).map((person) => [person.accountId, person.path]);
    expect(here).toEqual([
      ["bob", "week/b.md"],
      ["eve", "week/b.md"],
    ]);
  });

  it("are found by file, and below a folder", () => {
    const ids = (path: string, folder: boolean) => othersBelow(inProject, path, folder, "me").map((p) => p.account_id);
    expect(ids("a.md", false)).toEqual(["bob"]);
    expect(ids("week", true)).toEqual(["eve", "bob"]);
    expect(ids("week", false)).toEqual([]);
  });
});
