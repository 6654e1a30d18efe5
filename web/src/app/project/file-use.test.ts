import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NotificationRow } from "../../store/activity";
import type { TableStore } from "../../store/tables";
import { seenFile } from "../seen-file";
import { Teller } from "./file-use";

let focused = true;
let sent: string[] = [];
let teller: Teller;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  vi.spyOn(document, "hasFocus").mockImplementation(() => focused);
  focused = true;
  sent = [];
  const write = async (_table: string, row: { path: string; users: Record<string, Record<string, string>> }) => {
    expect(Object.values(row.users.me ?? {})).toEqual(Object.keys(row.users.me ?? {}).map(() => "{now}"));
    sent.push(`${Object.keys(row.users.me ?? {}).join("+")} ${row.path}`);
    return {};
  };
  teller = new Teller({ write } as unknown as TableStore, "me", "p");
});

afterEach(() => {
  teller.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const focus = (now: boolean) => {
  focused = now;
  window.dispatchEvent(new Event(now ? "focus" : "blur"));
};

const told = (path: string, read_at: string | null = null): NotificationRow => ({
  account_id: "me",
  notification_id: path,
  project_id: "p",
  kind: "file_edited",
  path,
  detail: {},
  happened_at: "2026-11-28T10:00:00.000000Z",
  read_at,
});

describe("reading", () => {
  it("is told when a file comes onto the screen of a window with the focus", () => {
    focus(false);
    teller.show("a.md", false);
    expect(sent).toEqual([]);
    expect(seenFile.get()).toBeNull();
    focus(true);
    expect(sent).toEqual(["read a.md"]);
    expect(seenFile.get()).toEqual({ projectId: "p", path: "a.md" });
    teller.show(null, false);
    expect(seenFile.get()).toBeNull();
  });

  it("is told again while others are there, and until one looks away", () => {
    teller.show("a.md", true);
    vi.advanceTimersByTime(90_000);
    expect(sent).toEqual(["read a.md", "read a.md", "read a.md"]);
    focus(false);
    expect(sent.length).toBe(4);
    vi.advanceTimersByTime(90_000);
    expect(sent.length).toBe(4);
  });

  it("alone is told once, and a glance elsewhere is nothing new", () => {
    teller.show("a.md", false);
    vi.advanceTimersByTime(90_000);
    focus(false);
    focus(true);
    teller.show("b.md", false);
    teller.show("b.md", false);
    focus(false);
    focus(true);
    expect(sent).toEqual(["read a.md", "read a.md", "read b.md"]);
  });

  it("answers at once to being told of the file on the screen, of no other, and not twice", () => {
    teller.show("a.md", false);
    teller.told([told("b.md"), told("a.md", "2026-11-28T10:00:00.000000Z")]);
    expect(sent).toEqual(["read a.md"]);
    teller.told([told("a.md")]);
    expect(sent).toEqual(["read a.md", "read a.md"]);
    focus(false);
    teller.told([told("a.md")]);
    expect(sent.length).toBe(2);
    focus(true);
    expect(sent.length).toBe(3);
  });
});

describe("editing", () => {
  it("is told at the first letter, and after half a minute for all that follow", () => {
    teller.show("a.md", false);
    for (let second = 0; second < 20; second++) {
      teller.edited("a.md");
      vi.advanceTimersByTime(1_000);
    }
    expect(sent).toEqual(["read a.md", "read+edit a.md"]);
    vi.advanceTimersByTime(60_000);
    expect(sent).toEqual(["read a.md", "read+edit a.md", "read+edit a.md"]);
  });
});
