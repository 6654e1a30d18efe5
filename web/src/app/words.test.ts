import { describe, expect, it } from "vitest";
import type { SaveState } from "../editors/types";
import { initials } from "../ui/Avatar";
import { fileUrl, parseRoute } from "./routes";
import { ago, bytes, count, saveSentence, splitName, stateWords, stopsIn } from "./words";

const save = (change: Partial<SaveState>): SaveState => ({
  kind: "disk",
  waiting: 0,
  since: 0,
  online: true,
  ...change,
});

describe("the save state", () => {
  it.each<[Partial<SaveState>, number, string]>([
    [{ kind: "opening", online: false }, 500, "Opening…"],
    [{ kind: "opening", online: false }, 1500, "Opening: waiting for the server"],
    [{}, 0, "Saved to disk"],
    [{ online: false }, 0, "Saved to disk; you are offline"],
    [{ kind: "waiting", waiting: 1 }, 500, "Edited"],
    [{ kind: "waiting", waiting: 1 }, 1500, "Saving…"],
    [{ kind: "server" }, 1500, "Saving…"],
    [{ kind: "waiting", waiting: 3, online: false }, 500, "3 changes waiting: you are offline"],
    [{ kind: "waiting", waiting: 1, online: false }, 500, "1 change waiting: you are offline"],
    [
      { kind: "waiting", waiting: 2, online: false, unkept: true },
      500,
      "2 changes waiting: you are offline. Leave this page open: the browser cannot keep them",
    ],
    [
      { kind: "read_only", waiting: 2, error: { code: "not_permitted", message: "You are a viewer." } },
      0,
      "Read only; 2 changes of yours came too late",
    ],
    [
      { kind: "not_saved", error: { code: "disk_full", message: "The disk is full. Delete something." } },
      0,
      "On the server, not yet on disk because the disk is full",
    ],
    [
      { kind: "read_only", error: { code: "not_permitted", message: "You are a viewer." } },
      0,
      "Read only because you are a viewer",
    ],
  ])("%o at %i ms is “%s”", (change, now, text) => {
    expect(saveSentence(save(change), now)).toBe(text);
  });
});

describe("words", () => {
  it("times, sizes and counts have units", () => {
    const now = Date.UTC(2026, 0, 2);
    expect(ago(now - 30_000, now)).toBe("just now");
    expect(ago(now - 3 * 3_600_000, now)).toBe("3 hours ago");
    expect(ago(now - 86_400_000, now)).toBe("yesterday");
    expect(bytes(999)).toBe("999 B");
    expect(bytes(1_500_000)).toBe("1.5 MB");
    expect(bytes(212_000_000)).toBe("212 MB");
    expect(count(1, "file")).toBe("1 file");
    expect(count(12_000, "file")).toBe("12,000 files");
  });

  it("names", () => {
    expect(splitName("  Ada King  Lovelace ")).toEqual({ first: "Ada King", last: "Lovelace" });
    expect(splitName("Plato")).toEqual({ first: "Plato", last: "" });
    expect(initials("Ada King Lovelace")).toBe("AL");
    expect(initials("李")).toBe("李");
    expect(initials("")).toBe("?");
  });

  it("the states of a project", () => {
    expect(stateWords({ status: "starting", step: "starting the sandbox" })).toBe("Starting: starting the sandbox");
    expect(stateWords(null)).toBe("Stopped");
    expect(stateWords({ status: "running", stops_at: "2026-01-01T00:00:00Z" })).toBe("Idle, stops soon");
    expect(stateWords({ status: "stopped", message: "Nobody used it." })).toBe("Stopped, was idle");
    expect([300_000, 240_001, 60_000, 50_000, 44_000, -5].map((left) => stopsIn(left, 0))).toEqual([
      "in 5 minutes",
      "in 5 minutes",
      "in a minute",
      "in a minute",
      "in less than a minute",
      "in less than a minute",
    ]);
  });
});

describe("routes", () => {
  it.each(["main.py", "a/b c/d.txt", "100% #1?.txt", "ünï/日本.tex", "a\\b"])(
    "a file's URL leads to it: %s",
    (path) => {
      const url = new URL(fileUrl("p", path, 7), "http://x");
      expect(parseRoute(url.pathname, url.search)).toEqual({ page: "project", projectId: "p", path, line: 7 });
    },
  );

  it("knows its pages and what is none", () => {
    expect(parseRoute("/")).toEqual({ page: "projects" });
    expect(parseRoute("/sign-in")).toEqual({ page: "sign-in" });
    expect(parseRoute("/projects/p")).toEqual({ page: "project", projectId: "p" });
    for (const path of ["/nope", "/sign-in/more", "/projects", "/projects/p/other", "/%E0%A4%A"]) {
      expect(parseRoute(path), path).toEqual({ page: "not-found" });
    }
  });
});
