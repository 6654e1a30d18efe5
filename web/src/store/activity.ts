import type { LogEvent, LogKind, NotificationKind, Role } from "../protocol/generated";
import type { Row } from "./live-table";
import type { TableQuery, TableStore } from "./tables";

/** Something that happened in a project. */
export interface LogRow {
  project_id: string;
  log_id: string;
  account_id: string | null;
  name: string | null;
  happened_at: string;
  kind: LogKind;
  event: LogEvent;
  path: string | null;
  detail: LogDetail;
}

/** More about it; which of these there are depends on the event. */
export interface LogDetail {
  to?: string;
  /** Unix time in seconds of the last edit of a burst. */
  until?: number;
  title?: string;
  before?: string;
  role?: Role;
  account_id?: string;
  person?: string;
  message?: string;
}

/** What of a project's log is asked for. */
export interface LogFilter {
  accountId?: string;
  kind?: LogKind;
  path?: string;
}

export function logOf(projectId: string, filter: LogFilter, limit: number): TableQuery<LogRow> {
  return {
    table: "project_log",
    fields: {
      project_id: projectId,
      log_id: null,
      account_id: filter.accountId ?? null,
      name: null,
      happened_at: null,
      kind: filter.kind ?? null,
      event: null,
      path: filter.path ?? null,
      detail: null,
    },
    options: [{ order_by: "-log_id" }, { limit }],
    key: ["project_id", "log_id"],
    compare: (a, b) => (a.log_id < b.log_id ? 1 : a.log_id > b.log_id ? -1 : 0),
  };
}

/** Something that I am told of. */
export interface NotificationRow {
  account_id: string;
  notification_id: string;
  project_id: string;
  kind: NotificationKind;
  path: string;
  detail: { name?: string; title?: string; role?: Role; text?: string };
  happened_at: string;
  read_at: string | null;
}

export const MY_NOTIFICATIONS: TableQuery<NotificationRow> = {
  table: "notifications",
  fields: {
    account_id: "{account_id}",
    notification_id: null,
    project_id: null,
    kind: null,
    path: null,
    detail: null,
    happened_at: null,
    read_at: null,
  },
  key: ["account_id", "notification_id"],
  compare: (a, b) => b.happened_at.localeCompare(a.happened_at) || a.notification_id.localeCompare(b.notification_id),
};

/** When one person last read and edited a file. */
export interface UseTimes {
  read?: string;
  edit?: string;
}

/** Who last read and edited a file. */
export interface FileUseRow {
  project_id: string;
  path: string;
  users: Record<string, UseTimes>;
  last_edited: string | null;
}

const useQueries = new Map<string, TableQuery<FileUseRow>>();
/** So many files of a project, those that were edited last, are looked through for one's own. */
const MAX_USES = 500;

/** The use of a project's files. The same object for the same project. */
export function usesOf(projectId: string): TableQuery<FileUseRow> {
  let query = useQueries.get(projectId);
  if (!query) {
    query = {
      table: "file_use",
      fields: { project_id: projectId, path: null, users: null, last_edited: null },
      options: [{ order_by: "-last_edited" }, { limit: MAX_USES }],
      key: ["project_id", "path"],
    };
    useQueries.set(projectId, query);
  }
  return query;
}

/** The files that I used last, the latest first. */
export function recentFiles(rows: readonly FileUseRow[], accountId: string, limit = 50): string[] {
  const timed = rows.flatMap(({ path, users }) => {
    const { read = "", edit = "" } = users[accountId] ?? {};
    const [at = ""] = [read, edit].sort().reverse();
    return at ? [{ path, at }] : [];
  });
  timed.sort((a, b) => b.at.localeCompare(a.at));
  return timed.slice(0, limit).map(({ path }) => path);
}

/** Marks a notification of mine as read. */
export function markRead(store: TableStore, row: NotificationRow): Promise<Row> {
  const { account_id, notification_id } = row;
  return store.write("notifications", { account_id, notification_id, read_at: "{now}" });
}

/** Says that I have seen a file as it is now, or changed it; by the server's clock. */
export function markUse(
  store: TableStore,
  use: { accountId: string; projectId: string; path: string },
  acts: { read?: true; edit?: true },
): Promise<Row> {
  const times = Object.fromEntries(Object.keys(acts).map((act) => [act, "{now}"]));
  const row = { project_id: use.projectId, path: use.path, users: { [use.accountId]: times } };
  return store.write("file_use", row, { quiet: true });
}
