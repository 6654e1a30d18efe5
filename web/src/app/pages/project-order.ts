/** Which projects the list shows, and in which order. Pure. */
import { score } from "../../commands/palette";
import type { ProjectMarkRow, ProjectRow } from "../../store/queries";

export const SHOWN = [
  { value: "all", label: "All projects" },
  { value: "starred", label: "Starred" },
  { value: "hidden", label: "Hidden" },
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
    return { ...row, starred: mark?.starred ?? false, hidden: mark?.hidden ?? false };
  });
}

/** Starred ones first. What is searched for is looked for in titles and descriptions, and in hidden projects too. */
export function listed(
  rows: readonly ListedProject[],
  { shown, order, search }: { shown: Shown; order: Order; search: string },
): ListedProject[] {
  const wanted = search.trim().toLocaleLowerCase();
  return rows
    .filter((row) => (shown === "starred" ? row.starred : shown === "hidden" ? row.hidden : !row.hidden || wanted))
    .filter((row) => score(wanted, row.title) !== null || row.description.toLocaleLowerCase().includes(wanted))
    .sort(
      (a, b) => Number(b.starred) - Number(a.starred) || COMPARE[order](a, b) || (a.project_id < b.project_id ? -1 : 1),
    );
}
