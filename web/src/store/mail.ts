import { getJson, sendJson } from "../net/api";
import type {
  AskPasswordReset,
  ChangeEmail,
  ConfirmEmail,
  EmailChange,
  EmailConfirmed,
  MailSettings,
  MailTested,
  NewPasswordLink,
  PasswordLink,
  ResetPassword,
  SessionInfo,
  SetMail,
} from "../protocol/generated";
import { session } from "./session";

/** Asks for a link to somebody who forgot a password; the answer does not tell whether there is such an account. */
export function askPasswordReset(body: AskPasswordReset): Promise<void> {
  return sendJson("POST", "/api/password-resets", body);
}

/** A new password by the token of a link; the person is signed in afterwards. */
export async function resetPassword(body: ResetPassword): Promise<void> {
  session.set(await sendJson<SessionInfo>("POST", "/api/password-resets/use", body));
}

/** Administrators: a link for somebody's new password, to hand over. */
export function makePasswordLink(body: NewPasswordLink): Promise<PasswordLink> {
  return sendJson("POST", "/api/password-links", body);
}

export function changeEmail(body: ChangeEmail): Promise<EmailChange> {
  return sendJson("POST", "/api/email", body);
}

export function confirmEmail(body: ConfirmEmail): Promise<EmailConfirmed> {
  return sendJson("POST", "/api/email/confirm", body);
}

export function resendConfirmation(): Promise<void> {
  return sendJson("POST", "/api/email/resend");
}

export function loadMailSettings(): Promise<MailSettings> {
  return getJson("/api/mail");
}

export function saveMailSettings(body: SetMail): Promise<MailSettings> {
  return sendJson("PUT", "/api/mail", body);
}

export function removeMailSettings(): Promise<MailSettings> {
  return sendJson("DELETE", "/api/mail");
}

export function testMail(): Promise<MailTested> {
  return sendJson("POST", "/api/mail/test");
}
