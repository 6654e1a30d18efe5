import { describe, expect, it } from "vitest";
import { type ListedProject, listed, rightsIn, withMarks } from "./project-order";

function project(title: string, day: number, more: Partial<ListedProject> = {}): ListedProject {
  const at = `2026-01-${String(day).padStart(2, "0")}T00:00:00.000000Z`;
  return {
    project_id: title,
    title,
    description: "",
    state: { status: "stopped" },
    action_request: null,
    archived: false,
    deleted_at: null,
    tags: [],
    colour: null,
    role: "owner",
    created_at: at,
    idle_minutes: null,
    last_edited_at: at,
    starred: false,
    hidden: false,
    ...more,
  };
}

const rows = [
  project("Week 10", 3),
  project("algebra", 1, { description: "Rings and fields" }),
  project("Week 9", 2, { starred: true }),
  project("Old thesis", 9, { hidden: true }),
  project("Winter term", 4, { archived: true, tags: ["Course", "old"] }),
  project("Gone", 5, { deleted_at: "2026-01-06T00:00:00.000000Z", starred: true, tags: ["course"] }),
];
const titles = (choice: Partial<Parameters<typeof listed>[1]>) =>
  listed(rows, { shown: "all", order: "edited", search: "", ...choice }).map((row) => row.title);

describe("the list of projects", () => {
  it("shows starred ones first and leaves hidden ones out", () => {
    expect(titles({})).toEqual(["Week 9", "Week 10", "algebra"]);
    expect(titles({ shown: "starred" })).toEqual(["Week 9"]);
    expect(titles({ shown: "hidden" })).toEqual(["Old thesis"]);
    expect(titles({ shown: "archived" })).toEqual(["Winter term"]);
    expect(titles({ shown: "deleted" })).toEqual(["Gone"]);
  });

  it("sorts titles as people do", () => {
    expect(titles({ order: "title" })).toEqual(["Week 9", "algebra", "Week 10"]);
    expect(titles({ order: "created" })).toEqual(["Week 9", "Week 10", "algebra"]);
  });

  it("finds in titles, descriptions and hidden projects", () => {
    expect(titles({ search: "FIELDS" })).toEqual(["algebra"]);
    expect(titles({ search: "thesis" })).toEqual(["Old thesis"]);
    expect(titles({ search: "nothing like it" })).toEqual([]);
    expect(titles({ search: "cours" })).toEqual(["Winter term"]);
    expect(titles({ search: "#course" })).toEqual(["Winter term"]);
    expect(titles({ search: "#cours" })).toEqual([]);
    expect(titles({ search: "#course", shown: "deleted" })).toEqual(["Gone"]);
  });

  it("takes marks of other projects for nothing", () => {
    const { starred, hidden, role, ...row } = project("a", 1);
    expect([starred, hidden, role]).toEqual([false, false, "owner"]);
    const mark = { account_id: "me", project_id: "b", role, starred: true, hidden: true, muted: false };
    expect(withMarks([row], [mark])).toEqual([{ ...row, role: "viewer", starred: false, hidden: false }]);
    expect(withMarks([row], [{ ...mark, project_id: "a" }])).toEqual([{ ...row, role, starred: true, hidden: true }]);
  });

  it("knows who may do what", () => {
    const row = project("a", 1);
    expect(rightsIn(row, "owner")).toEqual({ owns: true, edits: true });
    expect(rightsIn(row, "collaborator")).toEqual({ owns: false, edits: true });
    expect(rightsIn(row, "viewer")).toEqual({ owns: false, edits: false });
    expect(rightsIn(row, undefined, true)).toEqual({ owns: true, edits: true });
    expect(rightsIn({ ...row, archived: true }, "owner")).toEqual({ owns: true, edits: false });
    expect(rightsIn({ ...row, deleted_at: "2026-01-06" }, "owner")).toEqual({ owns: true, edits: false });
  });
});
