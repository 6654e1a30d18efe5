/** Which projects the list shows, and in which order. Pure. */
import { score } from "../../commands/palette";
import type { Role } from "../../protocol/generated";
import type { ProjectMarkRow, ProjectRow } from "../../store/queries";

export const SHOWN = [
  { value: "all", label: "All projects" },
  { value: "starred", label: "Starred" },
  { value: "hidden", label: "Hidden" },
  { value: "archived", label: "Archived" },
  { value: "deleted", label: "Deleted" },
] as const;
export type Shown = (typeof SHOWN)[number]["value"];

export const ORDERS = [
  { value: "edited", label: "Last edited" },
  { value: "title", label: "Title" },
  { value: "created", label: "Newest" },
] as const;
export type Order = (typeof ORDERS)[number]["value"];

/** A project with what I made of it. */
export interface ListedProject extends ProjectRow {
  role: Role;
  starred: boolean;
  hidden: boolean;
}

const byTitle = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

const COMPARE: Record<Order, (a: ProjectRow, b: ProjectRow) => number> = {
  edited: (a, b) => b.last_edited_at.localeCompare(a.last_edited_at),
  title: (a, b) => byTitle.compare(a.title, b.title),
  created: (a, b) => b.created_at.localeCompare(a.created_at),
};

export function withMarks(rows: readonly ProjectRow[], marks: readonly ProjectMarkRow[]): ListedProject[] {
  const known = new Map(marks.map((mark) => [mark.project_id, mark]));
  return rows.map((row) => {
    const mark = known.get(row.project_id);
    return {
      ...row,
      role: mark?.role ?? "viewer",
      starred: mark?.starred ?? false,
      hidden: mark?.hidden ?? false,
    };
  });
}

/**
 * Starred ones first. What is searched for is looked for in titles, descriptions and tags, `#tag` in tags alone; and in
 * hidden and archived projects too. Deleted ones are shown when they are asked for.
 */
export function listed(
  rows: readonly ListedProject[],
  { shown, order, search }: { shown: Shown; order: Order; search: string },
): ListedProject[] {
  const wanted = search.trim().toLocaleLowerCase();
  return rows
    .filter((row) => isShown(row, shown, wanted !== ""))
    .filter((row) => matches(row, wanted))
    .sort(
      (a, b) => Number(b.starred) - Number(a.starred) || COMPARE[order](a, b) || (a.project_id < b.project_id ? -1 : 1),
    );
}

function isShown(row: ListedProject, shown: Shown, searched: boolean): boolean {
  if (shown === "deleted" || row.deleted_at !== null) return shown === "deleted" && row.deleted_at !== null;
  if (shown === "starred") return row.starred;
  if (shown === "hidden") return row.hidden;
  if (shown === "archived") return row.archived;
  return searched || (!row.hidden && !row.archived);
}

function matches(row: ListedProject, wanted: string): boolean {
  const tags = row.tags.map((tag) => tag.toLocaleLowerCase());
  if (wanted.startsWith("#")) return tags.some((tag) => tag === wanted.slice(1));
  return (
    score(wanted, row.title) !== null ||
    row.description.toLocaleLowerCase().includes(wanted) ||
    tags.some((tag) => tag.includes(wanted))
  );
}

/** What somebody may do with a project. Nothing in an archived one is edited, and nothing at all in a deleted one. */
export function rightsIn(
  project: Pick<ProjectRow, "archived" | "deleted_at">,
  role: Role | undefined,
  administrator = false,
) {
  const owns = role === "owner" || administrator;
  const edits = (owns || role === "collaborator") && !project.archived && project.deleted_at === null;
  return { owns, edits };
}
