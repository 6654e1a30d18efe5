import { getJson, sendJson } from "../net/api";
import { Observable } from "../net/observable";
import type {
  Account,
  ChangePassword,
  DeleteAccount,
  Invitation,
  NewInvitation,
  OpenLink,
  SessionInfo,
  SetUp,
  SignedUp,
  SignIn,
  SignUp,
} from "../protocol/generated";
import { beginFirstSteps } from "./settings";

/** Who I am and what kind of Studium this is; null until the first answer. */
export const session = new Observable<SessionInfo | null>(null);

export async function loadSession(): Promise<SessionInfo> {
  const info = await getJson<SessionInfo>("/api/session");
  session.set(info);
  return info;
}

/** Another page, or this one, changed how I am seen. */
export function accountChanged(row: Pick<Account, "first_name" | "last_name" | "colour" | "avatar">): void {
  const info = session.get();
  if (!info?.account) return;
  const { first_name, last_name, colour, avatar } = row;
  const account = { ...info.account, first_name, last_name, colour, avatar };
  if (JSON.stringify(account) !== JSON.stringify(info.account)) session.set({ ...info, account });
}

export async function signIn(body: SignIn): Promise<void> {
  session.set(await sendJson<SessionInfo>("POST", "/api/session", body));
}

export async function signOut(): Promise<void> {
  await sendJson("DELETE", "/api/session");
  await loadSession();
}

export async function changePassword(body: ChangePassword): Promise<void> {
  session.set(await sendJson<SessionInfo>("POST", "/api/password", body));
}

/** Deletes the account, for good. */
export async function deleteAccount(body: DeleteAccount): Promise<void> {
  session.set(await sendJson<SessionInfo>("POST", "/api/account/deletion", body));
}

/** Answers the id of the Tutorial project that the new account got. */
export async function signUp(body: SignUp): Promise<string> {
  return enter(await sendJson<SignedUp>("POST", "/api/accounts", body));
}

export async function setUp(body: SetUp): Promise<string> {
  return enter(await sendJson<SignedUp>("POST", "/api/set-up", body));
}

/** Single mode: changes the token of the printed link for a cookie. */
export async function openLink(body: OpenLink): Promise<SessionInfo> {
  await sendJson("POST", "/api/link", body);
  return loadSession();
}

export function invite(body: NewInvitation): Promise<Invitation> {
  return sendJson<Invitation>("POST", "/api/invitations", body);
}

function enter(answer: SignedUp): string {
  beginFirstSteps(answer.tutorial_project_id);
  session.set(answer.session);
  return answer.tutorial_project_id;
}
