import { encodePath } from "../net/api";

/** Every place of the page. */
export type Route =
  | { page: "projects" }
  | { page: "sign-in" }
  | { page: "sign-up" }
  | { page: "set-up" }
  | { page: "link" }
  | { page: "settings" }
  | { page: "administration" }
  | { page: "keys" }
  | { page: "project"; projectId: string; path?: string; line?: number }
  | { page: "not-found" };

const SIMPLE = new Set(["sign-in", "sign-up", "set-up", "link", "settings", "administration", "keys"] as const);

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
  if (first !== "projects" || second === undefined) return { page: "not-found" };
  if (third === undefined) return { page: "project", projectId: second };
  if (third !== "edit" || rest.length === 0) return { page: "not-found" };
  const line = Number(new URLSearchParams(search).get("line"));
  const route: Route = { page: "project", projectId: second, path: rest.join("/") };
  if (Number.isInteger(line) && line > 0) route.line = line;
  return route;
}

export function projectUrl(projectId: string): string {
  return `/projects/${projectId}`;
}

export function fileUrl(projectId: string, path: string, line?: number): string {
  return `/projects/${projectId}/edit/${encodePath(path)}${line ? `?line=${line}` : ""}`;
}
