/** What happened, said in sentences. Pure. */

import type { LogRow, NotificationRow } from "../store/activity";
import { baseName, parent } from "../store/directories";

/** What somebody did, after their name: "edited notes.md". */
export function deed(row: LogRow): string {
  const { detail, path } = row;
  const file = path === null ? "a file" : baseName(path);
  switch (row.event) {
    case "file_opened":
      return `opened ${file}`;
    case "file_edited":
      return `edited ${file}`;
    case "file_created":
      return `made ${file}`;
    case "file_uploaded":
      return `uploaded ${file}`;
    case "file_renamed":
      return movedWords(path ?? "", detail.to ?? "");
    case "file_deleted":
      return `moved ${file} to the trash`;
    case "file_restored":
      return `brought back ${file}`;
    case "person_added":
      return `added ${detail.person ?? "somebody"} as ${aRole(detail.role)}`;
    case "role_changed":
      return `made ${detail.account_id === row.account_id ? "themselves" : (detail.person ?? "somebody")} ${aRole(detail.role)}`;
    case "person_joined":
      return `came in by an invitation, as ${aRole(detail.role)}`;
    case "person_left":
      return "left the project";
    case "person_removed":
      return `removed ${detail.person ?? "somebody"}`;
    case "project_created":
      return "made the project";
    case "title_changed":
      return `renamed the project from “${detail.before ?? ""}” to “${detail.title ?? ""}”`;
    case "description_changed":
      return "changed the description";
    case "project_archived":
      return "archived the project";
    case "project_unarchived":
      return "took the project out of the archive";
    case "project_deleted":
      return "deleted the project";
    case "project_restored":
      return "restored the project";
    case "start_requested":
      return "asked for a start";
    case "stop_requested":
      return "asked for a stop";
    case "restart_requested":
      return "asked for a restart";
    case "project_started":
      return "started";
    case "project_stopped":
      return "stopped";
    case "project_failed":
      return `could not run: ${detail.message ?? "it did not say why"}`;
    case "document_run":
      return `ran ${file}`;
    case "document_built":
      return `built ${file}`;
    case "notice":
      return `was told something by ${file}`;
  }
}

/** Who did it: a person, or the project itself. */
export function doer(row: LogRow): string {
  if (row.name) return row.name;
  return row.kind === "project" && row.event.startsWith("project_") ? "The project" : "Somebody";
}

/** When it happened, in milliseconds; of edits that went on, when they ended. */
export function happenedAt(row: LogRow): number {
  return row.detail.until === undefined ? Date.parse(row.happened_at) : row.detail.until * 1000;
}

/** The file to go to from an entry; null when it is about none, or about one that went. */
export function fileOf(row: LogRow): string | null {
  if (row.event === "file_deleted") return null;
  return row.detail.to ?? row.path;
}

/** What one is told: who did what. */
export function notificationWords(row: NotificationRow): string {
  const who = row.detail.name || "Somebody";
  switch (row.kind) {
    case "file_edited":
      return `${who} edited ${baseName(row.path)}`;
    case "added_to_project":
      return `${who} added you as ${aRole(row.detail.role)}`;
    case "role_changed":
      return `${who} made you ${aRole(row.detail.role)}`;
    case "mentioned":
      return `${who} mentioned you in ${baseName(row.path)}`;
    case "notice":
      return `${baseName(row.path)}: ${row.detail.text ?? ""}`;
  }
}

/** "Today", "Yesterday", or the day; times in milliseconds. */
export function dayWords(at: number, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
  if (days <= 0) return "Today";
  return days === 1 ? "Yesterday" : day.format(at);
}

const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function movedWords(from: string, to: string): string {
  if (baseName(from) !== baseName(to)) return `renamed ${baseName(from)} to ${baseName(to)}`;
  return `moved ${baseName(from)} to ${parent(to) || "the project's first folder"}`;
}

function aRole(role: string | undefined): string {
  if (role === undefined) return "a collaborator";
  return role === "owner" ? "an owner" : `a ${role}`;
}
