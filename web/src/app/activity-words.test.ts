import { describe, expect, it } from "vitest";
import type { LogRow, NotificationRow } from "../store/activity";
import { dayWords, deed, doer, fileOf, happenedAt, notificationWords } from "./activity-words";

const entry = (more: Partial<LogRow>): LogRow => ({
  project_id: "p",
  log_id: "l",
  account_id: "a",
  name: "Ada Lovelace",
  happened_at: "2026-11-28T10:00:00.000000Z",
  kind: "files",
  event: "file_edited",
  path: "week 1/notes.md",
  detail: {},
  ...more,
});

const told = (more: Partial<NotificationRow>): NotificationRow => ({
  account_id: "a",
  notification_id: "n",
  project_id: "p",
  kind: "file_edited",
  path: "week 1/notes.md",
  detail: { name: "Bob Kahn", title: "Algebra" },
  happened_at: "2026-11-28T10:00:00.000000Z",
  read_at: null,
  ...more,
});

describe("the log in words", () => {
  it("names the file, and the folder where that is what changed", () => {
    expect(deed(entry({}))).toBe("edited notes.md");
    expect(deed(entry({ event: "file_renamed", detail: { to: "week 1/plan.md" } }))).toBe(
      "renamed notes.md to plan.md",
    );
    expect(deed(entry({ event: "file_renamed", detail: { to: "old/notes.md" } }))).toBe("moved notes.md to old");
  });

  it("says who was given which role", () => {
    const detail = { account_id: "b", person: "Bob Kahn", role: "owner", before: "viewer" } as const;
    expect(deed(entry({ kind: "people", event: "role_changed", detail }))).toBe("made Bob Kahn an owner");
    expect(deed(entry({ kind: "people", event: "role_changed", account_id: "b", detail }))).toBe(
      "made themselves an owner",
    );
  });

  it("knows what nobody did", () => {
    const failed = entry({ name: null, kind: "project", event: "project_failed", detail: { message: "No memory." } });
    expect(`${doer(failed)} ${deed(failed)}`).toBe("The project could not run: No memory.");
    expect(doer(entry({ name: null }))).toBe("Somebody");
  });

  it("goes to where the file is, and nowhere when it went", () => {
    expect(fileOf(entry({ event: "file_renamed", detail: { to: "plan.md" } }))).toBe("plan.md");
    expect(fileOf(entry({ event: "file_deleted" }))).toBeNull();
  });

  it("takes edits for as late as they ended", () => {
    expect(happenedAt(entry({}))).toBe(Date.UTC(2026, 10, 28, 10));
    expect(happenedAt(entry({ detail: { until: 1_000_000 } }))).toBe(1_000_000_000);
  });

  it("groups by days", () => {
    const now = new Date(2026, 10, 28, 0, 5).getTime();
    expect(dayWords(now - 60_000, now)).toBe("Today");
    expect(dayWords(now - 600_000, now)).toBe("Yesterday");
    expect(dayWords(new Date(2026, 10, 20, 23).getTime(), now)).toMatch(/^Friday,? 20 November 2026$/);
  });
});

it("says what one is told", () => {
  expect(notificationWords(told({}))).toBe("Bob Kahn edited notes.md");
  expect(notificationWords(told({ kind: "role_changed", detail: { role: "owner" } }))).toBe(
    "Somebody made you an owner",
  );
  expect(notificationWords(told({ kind: "added_to_project", path: "", detail: { name: "Ada", role: "viewer" } }))).toBe(
    "Ada added you as a viewer",
  );
  expect(notificationWords(told({ kind: "notice", path: "runs/long.term", detail: { text: "It is built" } }))).toBe(
    "long.term: It is built",
  );
});
