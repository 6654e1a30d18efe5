import { describe, expect, it } from "vitest";
import { type ListedProject, listed, withMarks } from "./project-order";

function project(title: string, day: number, more: Partial<ListedProject> = {}): ListedProject {
  const at = `2026-01-${String(day).padStart(2, "0")}T00:00:00.000000Z`;
  return {
    project_id: title,
    title,
    description: "",
    state: { status: "stopped" },
    action_request: null,
    created_at: at,
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
];
const titles = (choice: Partial<Parameters<typeof listed>[1]>) =>
  listed(rows, { shown: "all", order: "edited", search: "", ...choice }).map((row) => row.title);

describe("the list of projects", () => {
  it("shows starred ones first and leaves hidden ones out", () => {
    expect(titles({})).toEqual(["Week 9", "Week 10", "algebra"]);
    expect(titles({ shown: "starred" })).toEqual(["Week 9"]);
    expect(titles({ shown: "hidden" })).toEqual(["Old thesis"]);
  });

  it("sorts titles as people do", () => {
    expect(titles({ order: "title" })).toEqual(["Week 9", "algebra", "Week 10"]);
    expect(titles({ order: "created" })).toEqual(["Week 9", "Week 10", "algebra"]);
  });

  it("finds in titles, descriptions and hidden projects", () => {
    expect(titles({ search: "FIELDS" })).toEqual(["algebra"]);
    expect(titles({ search: "thesis" })).toEqual(["Old thesis"]);
    expect(titles({ search: "nothing like it" })).toEqual([]);
  });

  it("takes marks of other projects for nothing", () => {
    const { starred, hidden, ...row } = project("a", 1);
    expect([starred, hidden]).toEqual([false, false]);
    const mark = { account_id: "me", project_id: "b", starred: true, hidden: true, muted: false };
    expect(withMarks([row], [mark])).toEqual([{ ...row, starred: false, hidden: false }]);
    expect(withMarks([row], [{ ...mark, project_id: "a" }])).toEqual([{ ...row, starred: true, hidden: true }]);
  });
});
