import { encodePath } from "../net/api";

/** What of a history is shown. */
export interface HistoryPlace {
  /** Null follows the newest. */
  version: number | null;
  /** The version that it is compared with, or the text as it is now; null: what was before its burst. */
  compare: number | "now" | null;
  /** One of the histories that lived at the path; null: that which lives there. */
  history: string | null;
}

/** What the list of files shows: a folder, or some files from all of the project. */
export type FilesPlace = { view: "folder"; folder: string } | { view: "trash" | "recent" | "starred" };
const LISTS = ["trash", "recent", "starred"] as const;

export const NEWEST: HistoryPlace = { version: null, compare: null, history: null };

/** Every place of the page. */
export type Route =
  | { page: "projects" }
  | { page: "sign-in" }
  | { page: "sign-up" }
  | { page: "set-up" }
  | { page: "forgotten-password" }
  | { page: "reset-password" }
  | { page: "confirm-email" }
  | { page: "link" }
  | { page: "join" }
  | { page: "settings" }
  | { page: "administration"; section: string }
  | { page: "keys" }
  | { page: "project"; projectId: string; path?: string; line?: number; history?: HistoryPlace }
  /** A list of files. */
  | { page: "project"; projectId: string; files: FilesPlace; path?: undefined; history?: undefined }
  /** The files that were deleted, or the history of one of them. */
  | { page: "project"; projectId: string; deleted: true; path?: string; history?: HistoryPlace }
  | { page: "not-found" };

const SIMPLE = new Set([
  "sign-in",
  "sign-up",
  "set-up",
  "forgotten-password",
  "reset-password",
  "confirm-email",
  "link",
  "join",
  "settings",
  "keys",
] as const);

/** The place that a URL means. */
export function parseRoute(pathname: string, search = ""): Route {
  let parts: string[];
  try {
    parts = pathname.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return { page: "not-found" };
  }
  const [first, second, third, ...rest] = parts;
  if (first === undefined) return { page: "projects" };
  if (parts.length === 1 && (SIMPLE as Set<string>).has(first)) return { page: first } as Route;
  if (first === "administration" && parts.length <= 2) return { page: first, section: second ?? "" };
  if (first !== "projects" || second === undefined) return { page: "not-found" };
  const query = new URLSearchParams(search);
  if (third === undefined) return filesRoute(second, query) ?? deletedRoute(second, query);
  if (third !== "edit" || rest.length === 0) return { page: "not-found" };
  const line = positive(query.get("line"));
  return {
    page: "project",
    projectId: second,
    path: rest.join("/"),
    ...(line === null ? {} : { line }),
    ...(query.has("version") ? { history: historyPlace(query) } : {}),
  };
}

function filesRoute(projectId: string, query: URLSearchParams): Route | null {
  const view = LISTS.find((list) => list === query.get("list"));
  if (view) return { page: "project", projectId, files: { view } };
  const folder = query.get("folder");
  if (folder === null) return null;
  return { page: "project", projectId, files: { view: "folder", folder: folder.split("/").filter(Boolean).join("/") } };
}

function deletedRoute(projectId: string, query: URLSearchParams): Route {
  const path = query.get("deleted");
  if (path === null) return { page: "project", projectId };
  if (path === "") return { page: "project", projectId, deleted: true };
  return { page: "project", projectId, deleted: true, path, history: historyPlace(query) };
}

function historyPlace(query: URLSearchParams): HistoryPlace {
  const compare = query.get("compare");
  return {
    version: positive(query.get("version")),
    compare: compare === "now" ? "now" : compare === "0" ? 0 : positive(compare),
    history: query.get("history") || null,
  };
}

function positive(text: string | null): number | null {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : null;
}

export function projectUrl(projectId: string): string {
  return `/projects/${projectId}`;
}

export function fileUrl(projectId: string, path: string, line?: number): string {
  return `/projects/${projectId}/edit/${encodePath(path)}${line ? `?line=${line}` : ""}`;
}

export function filesUrl(projectId: string, place: FilesPlace): string {
  const query = place.view === "folder" ? `folder=${encodePath(place.folder)}` : `list=${place.view}`;
  return `${projectUrl(projectId)}?${query}`;
}

export function folderUrl(projectId: string, folder: string): string {
  return filesUrl(projectId, { view: "folder", folder });
}

export function deletedUrl(projectId: string): string {
  return `${projectUrl(projectId)}?deleted`;
}

/** The history of a file, or of one that was deleted. */
export function historyUrl(projectId: string, path: string, place: HistoryPlace, deleted = false): string {
  const query = new URLSearchParams(deleted ? { deleted: path } : {});
  query.set("version", String(place.version ?? "latest"));
  if (place.compare !== null) query.set("compare", String(place.compare));
  if (place.history !== null) query.set("history", place.history);
  return `${deleted ? projectUrl(projectId) : fileUrl(projectId, path)}?${query}`;
}
