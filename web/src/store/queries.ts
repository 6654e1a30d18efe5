import type { ActionRequest, MailState, ProjectAction, ProjectState, Role, SignUpPolicy } from "../protocol/generated";
import type { Row } from "./live-table";
import type { TableQuery, TableStore } from "./tables";

/** A project that I am in. */
export interface ProjectRow {
  project_id: string;
  title: string;
  description: string;
  state: ProjectState;
  action_request: ActionRequest | null;
  archived: boolean;
  deleted_at: string | null;
  tags: readonly string[];
  colour: number | null;
  created_at: string;
  last_edited_at: string;
  /** Without use it stops after so long: 0 for never, null for what the site says. */
  idle_minutes: number | null;
}

/** What I made of a project that I am in, for myself. */
export interface ProjectMarkRow {
  account_id: string;
  project_id: string;
  role: Role;
  starred: boolean;
  hidden: boolean;
  muted: boolean;
}

/** A browser in which I am signed in. */
export interface SessionRow {
  account_id: string;
  session_id: string;
  last_seen_at: string;
  user_agent: string;
}

/** Somebody in a project. */
export interface CollaboratorRow {
  project_id: string;
  account_id: string;
  role: Role;
  added_at: string;
  first_name: string;
  last_name: string;
  colour: number;
  avatar: string | null;
  email_address: string;
}

/** My own account. */
export interface AccountRow {
  account_id: string;
  first_name: string;
  last_name: string;
  email_address: string;
  colour: number;
  avatar: string | null;
  confirmed_at: string | null;
  settings: Record<string, unknown>;
}

/** A message by mail that went wrong at least once, for administrators. */
export interface OutgoingMailRow {
  mail_id: string;
  to_address: string;
  subject: string;
  state: MailState;
  reason: string;
  created_at: string;
}

/** A setting of the site, for administrators. */
export interface SiteSettingRow {
  name: string;
  value: unknown;
}

const byName = (a: { first_name: string; last_name: string }, b: { first_name: string; last_name: string }) =>
  `${a.first_name} ${a.last_name}`.localeCompare(`${b.first_name} ${b.last_name}`);

export const MY_PROJECTS: TableQuery<ProjectRow> = {
  table: "projects",
  fields: {
    project_id: null,
    title: null,
    description: null,
    state: null,
    action_request: null,
    archived: null,
    deleted_at: null,
    tags: null,
    colour: null,
    created_at: null,
    last_edited_at: null,
    idle_minutes: null,
  },
  key: ["project_id"],
  compare: (a, b) => b.last_edited_at.localeCompare(a.last_edited_at) || a.project_id.localeCompare(b.project_id),
};

export const MY_PROJECT_MARKS: TableQuery<ProjectMarkRow> = {
  table: "project_marks",
  fields: { account_id: "{account_id}", project_id: null, role: null, starred: null, hidden: null, muted: null },
  key: ["account_id", "project_id"],
};

export const MY_SESSIONS: TableQuery<SessionRow> = {
  table: "sessions",
  fields: { account_id: "{account_id}", session_id: null, last_seen_at: null, user_agent: null },
  key: ["account_id", "session_id"],
  compare: (a, b) => b.last_seen_at.localeCompare(a.last_seen_at) || a.session_id.localeCompare(b.session_id),
};

const COLLABORATOR: Record<keyof CollaboratorRow, null> = {
  project_id: null,
  account_id: null,
  role: null,
  added_at: null,
  first_name: null,
  last_name: null,
  colour: null,
  avatar: null,
  email_address: null,
};

const collaboratorQueries = new Map<string, TableQuery<CollaboratorRow>>();

/** Everybody in a project. The same object for the same project. */
export function collaboratorsOf(projectId: string): TableQuery<CollaboratorRow> {
  let query = collaboratorQueries.get(projectId);
  if (!query) {
    query = {
      table: "collaborators",
      fields: { ...COLLABORATOR, project_id: projectId },
      key: ["project_id", "account_id"],
      compare: byName,
    };
    collaboratorQueries.set(projectId, query);
  }
  return query;
}

/** Everybody in any of my projects, to be found by name. */
export const PEOPLE_I_KNOW: TableQuery<CollaboratorRow> = {
  table: "collaborators",
  fields: COLLABORATOR,
  options: [{ limit: 5000 }],
  key: ["project_id", "account_id"],
};

export const MY_ACCOUNT: TableQuery<AccountRow> = {
  table: "accounts",
  fields: {
    account_id: "{account_id}",
    first_name: null,
    last_name: null,
    email_address: null,
    colour: null,
    avatar: null,
    confirmed_at: null,
    settings: null,
  },
  key: ["account_id"],
};

export const SITE_SETTINGS: TableQuery<SiteSettingRow> = {
  table: "site_settings",
  fields: { name: null, value: null },
  key: ["name"],
};

export const TROUBLED_MAIL: TableQuery<OutgoingMailRow> = {
  table: "outgoing_mail",
  fields: {
    mail_id: null,
    to_address: null,
    subject: null,
    state: { "!=": "sent" },
    reason: { "!=": "" },
    created_at: null,
  },
  options: [{ order_by: "-created_at" }, { limit: 50 }],
  key: ["mail_id"],
  compare: (a, b) => b.created_at.localeCompare(a.created_at) || a.mail_id.localeCompare(b.mail_id),
};

/** Makes a project; answers its id. */
export async function createProject(store: TableStore, title: string): Promise<string> {
  const key = await store.write("projects", { title }, { quiet: true });
  return String(key.project_id);
}

export function renameProject(store: TableStore, projectId: string, title: string): Promise<Row> {
  return store.write("projects", { project_id: projectId, title });
}

/** Makes a project that begins with the files of another; answers its id. */
export async function duplicateProject(store: TableStore, source: ProjectRow, title: string): Promise<string> {
  const { colour, tags, description } = source;
  const copy = { title, copied_from: source.project_id, description, tags, ...(colour === null ? {} : { colour }) };
  return String((await store.write("projects", copy, { quiet: true })).project_id);
}

/** Changes what only owners change of a project: whether it is deleted, or put away. */
export function keepProject(
  store: TableStore,
  projectId: string,
  fields: Partial<Pick<ProjectRow, "archived" | "deleted_at">>,
): Promise<Row> {
  return store.write("projects", { project_id: projectId, ...fields });
}

export function describeProject(
  store: TableStore,
  projectId: string,
  fields: Pick<ProjectRow, "description" | "tags" | "colour">,
): Promise<Row> {
  return store.write("projects", { project_id: projectId, ...fields }, { quiet: true });
}

/** After so many minutes without use the project stops; null as the site says. */
export function setIdleMinutes(store: TableStore, projectId: string, minutes: number | null): Promise<Row> {
  return store.write("projects", { project_id: projectId, idle_minutes: minutes }, { quiet: true });
}

/** Stars or hides a project in my own list. */
export function markProject(
  store: TableStore,
  mark: Pick<ProjectMarkRow, "account_id" | "project_id"> & Partial<ProjectMarkRow>,
): Promise<Row> {
  return store.write("project_marks", mark);
}

/** What I had open in a project when it was kept last; empty when it never was. */
export async function keptWorkspace(store: TableStore, projectId: string): Promise<string> {
  const [row] = await store.read<{ account_id: string; project_id: string; workspace: string }>({
    table: "project_marks",
    fields: { account_id: "{account_id}", project_id: projectId, workspace: null },
    key: ["account_id", "project_id"],
  });
  return row?.workspace ?? "";
}

export function keepWorkspace(
  store: TableStore,
  account_id: string,
  project_id: string,
  workspace: string,
): Promise<Row> {
  return store.write("project_marks", { account_id, project_id, workspace }, { quiet: true });
}

/** Signs a browser of mine out. */
export function endSession(store: TableStore, accountId: string, sessionId: string): Promise<Row> {
  return store.write("sessions", { account_id: accountId, session_id: sessionId }, { delete: true });
}

/** Says that the project should start, stop or restart; the hub that sees it acts. */
export function requestAction(store: TableStore, projectId: string, action: ProjectAction): Promise<Row> {
  const action_request: ActionRequest = { action, at: new Date().toISOString() };
  return store.write("projects", { project_id: projectId, action_request });
}

export function addCollaborator(store: TableStore, projectId: string, email: string, role: Role): Promise<Row> {
  return store.write("collaborators", { project_id: projectId, email_address: email, role }, { quiet: true });
}

export function changeRole(store: TableStore, projectId: string, accountId: string, role: Role): Promise<Row> {
  return store.write("collaborators", { project_id: projectId, account_id: accountId, role });
}

export function removeCollaborator(store: TableStore, projectId: string, accountId: string): Promise<Row> {
  return store.write("collaborators", { project_id: projectId, account_id: accountId }, { delete: true });
}

export function changeName(store: TableStore, accountId: string, first: string, last: string): Promise<Row> {
  return store.write("accounts", { account_id: accountId, first_name: first, last_name: last }, { quiet: true });
}

export function changeSiteSetting(
  store: TableStore,
  setting: { name: "sign_up"; value: SignUpPolicy } | { name: "site_name"; value: string },
): Promise<Row> {
  return store.write("site_settings", { ...setting }, { quiet: true });
}
