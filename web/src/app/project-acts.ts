/** What one does to a whole project, from its own page and from the list of all. */
import { sentence } from "../net/api";
import { duplicateProject, keepProject, type ProjectRow } from "../store/queries";
import type { TableStore } from "../store/tables";
import { toast } from "../ui/toast-queue";
import { navigate } from "./navigation";
import { projectUrl } from "./routes";
import { count } from "./words";

/** How long a deleted project can be brought back, as the server keeps it. */
export const KEPT_DAYS = 30;
const DAY_MS = 86_400_000;
const MAX_TITLE_LENGTH = 200;

export async function deleteProject(store: TableStore, project: ProjectRow): Promise<void> {
  await keepProject(store, project.project_id, { deleted_at: new Date().toISOString() });
  toast(`“${project.title}” was deleted. It can be restored for ${KEPT_DAYS} days.`, {
    act: { label: "Undo", run: () => void restoreProject(store, project).catch(() => {}) },
  });
}

export async function restoreProject(store: TableStore, project: ProjectRow): Promise<void> {
  await keepProject(store, project.project_id, { deleted_at: null });
  toast(`“${project.title}” is back.`);
}

export async function archiveProject(store: TableStore, project: ProjectRow): Promise<void> {
  await keepProject(store, project.project_id, { archived: true });
  toast(`“${project.title}” was archived: all in it can read it, and nobody changes it.`, {
    act: { label: "Undo", run: () => void unarchiveProject(store, project).catch(() => {}) },
  });
}

export async function unarchiveProject(store: TableStore, project: ProjectRow): Promise<void> {
  await keepProject(store, project.project_id, { archived: false });
}

/** Makes a copy of the files and goes there. */
export async function copyProject(store: TableStore, project: ProjectRow): Promise<void> {
  try {
    navigate(projectUrl(await duplicateProject(store, project, copyTitle(project.title))));
  } catch (error) {
    toast(sentence(error), { danger: true });
  }
}

export function copyTitle(title: string): string {
  const start = "Copy of ";
  return start + [...title].slice(0, MAX_TITLE_LENGTH - start.length).join("");
}

/** How long a deleted project can still be restored; times in milliseconds. */
export function keptFor(deletedAt: string, now: number): string {
  const days = Math.ceil((Date.parse(deletedAt) + KEPT_DAYS * DAY_MS - now) / DAY_MS);
  return days > 0 ? `can be restored for ${count(days, "more day")}` : "is being removed";
}
