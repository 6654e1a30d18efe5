import { sendJson } from "../net/api";
import type { FoundInvitation, Joined, NewProjectInvitation, ProjectInvitation, Role } from "../protocol/generated";
import type { Row } from "./live-table";
import type { TableQuery, TableStore } from "./tables";

/** A way into a project for those who are not in it yet. */
export interface ProjectInvitationRow {
  project_id: string;
  invitation_id: string;
  role: Role;
  email_address: string | null;
  created_at: string;
  expires_at: string | null;
  most_uses: number | null;
  uses: number;
}

const queries = new Map<string, TableQuery<ProjectInvitationRow>>();

/** The invitations of a project. The same object for the same project. */
export function invitationsTo(projectId: string): TableQuery<ProjectInvitationRow> {
  let query = queries.get(projectId);
  if (!query) {
    query = {
      table: "project_invitations",
      fields: {
        project_id: projectId,
        invitation_id: null,
        role: null,
        email_address: null,
        created_at: null,
        expires_at: null,
        most_uses: null,
        uses: null,
      },
      key: ["project_id", "invitation_id"],
      compare: (a, b) => a.created_at.localeCompare(b.created_at) || a.invitation_id.localeCompare(b.invitation_id),
    };
    queries.set(projectId, query);
  }
  return query;
}

/** Makes a link; it is answered this once. */
export function inviteToProject(body: NewProjectInvitation): Promise<ProjectInvitation> {
  return sendJson("POST", "/api/project-invitations", body);
}

export function takeBack(store: TableStore, row: ProjectInvitationRow): Promise<Row> {
  const { project_id, invitation_id } = row;
  return store.write("project_invitations", { project_id, invitation_id }, { delete: true });
}

export function findInvitation(token: string): Promise<FoundInvitation> {
  return sendJson("POST", "/api/project-invitations/find", { token });
}

/** Answers the project that one is in now. */
export async function joinProject(token: string): Promise<string> {
  return (await sendJson<Joined>("POST", "/api/join", { token })).project_id;
}

const PENDING = "studium:join";

/** The token of a link that was opened in this tab and not used yet, over signing in and up. */
export const pendingJoin = {
  get: (): string => sessionStorage.getItem(PENDING) ?? "",
  set: (token: string) => (token ? sessionStorage.setItem(PENDING, token) : sessionStorage.removeItem(PENDING)),
};
