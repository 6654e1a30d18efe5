import { useState } from "react";
import { Form } from "react-aria-components";
import type { SessionInfo } from "../../protocol/generated";
import { askPasswordReset, resetPassword } from "../../store/mail";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { TextField } from "../../ui/TextField";
import { Link, navigate, takeToken } from "../navigation";
import { atField, Door, MIN_PASSWORD_LENGTH, useForm } from "./SignIn";

/** `/forgotten-password`: asks for a link, or says what to do where no mail is sent. */
export function ForgottenPasswordPage({ info }: { info: SessionInfo }) {
  const [sent, setSent] = useState<string | null>(null);
  const { error, errors, busy, onSubmit } = useForm(async (fields) => {
    await askPasswordReset({ email_address: fields.email ?? "" });
    setSent((fields.email ?? "").trim());
  });
  if (!info.site.mail) {
    return (
      <Door title="Forgotten your password?">
        <p>This Studium cannot send mail, so it cannot send you a link.</p>
        <p>
          Ask its administrator: under <em>Administration</em> they can make a link with which you choose a new
          password.
        </p>
        <p className="secondary">
          Are you the administrator yourself? On the machine on which Studium runs, this sets a new password:{" "}
          <code className="link-text">
            studium admin account password EMAIL <span className="unbroken">--password-file FILE</span>
          </code>
        </p>
        <BackToSignIn />
      </Door>
    );
  }
  if (sent !== null) {
    return (
      <Door title="Look into your mail">
        <Notice kind="success">
          If there is an account with the address {sent}, a link is on its way there. It works for one hour.
        </Notice>
        <p className="secondary">
          Nothing arrives? Look into the folder for unwanted mail, and check the address. The newest link is the one
          that works.
        </p>
        <Button onPress={() => setSent(null)}>Ask again</Button>
        <BackToSignIn />
      </Door>
    );
  }
  return (
    <Door
      title="Forgotten your password?"
      intro="Write the address of your account. A link comes by mail, with which you choose a new password."
    >
      <Form className="stack" onSubmit={onSubmit} validationBehavior="aria">
        {error && <Notice kind="danger">{error}</Notice>}
        <TextField
          label="E-mail"
          name="email"
          type="email"
          autoComplete="username"
          isRequired
          autoFocus
          {...atField(errors, "email")}
        />
        <Button type="submit" look="primary" isPending={busy}>
          Send link
        </Button>
      </Form>
      <BackToSignIn />
    </Door>
  );
}

/** `/reset-password#token`: a new password by a link. */
export function ResetPasswordPage({ info }: { info: SessionInfo }) {
  const [token] = useState(takeToken);
  const { error, errors, busy, onSubmit } = useForm(async (fields) => {
    await resetPassword({ token, password: fields.password ?? "" });
    navigate("/", { replace: true });
  });
  if (!token) {
    return (
      <Door title="The link is not whole">
        <p>Open the link from your message once more, or copy all of it into the address bar.</p>
        <p>
          <Link href="/forgotten-password">Ask for a new link</Link>
        </p>
      </Door>
    );
  }
  return (
    <Door
      title="Choose a new password"
      intro={`A new password for your account in ${info.site.name}. It signs you out everywhere else.`}
    >
      <Form className="stack" onSubmit={onSubmit} validationBehavior="aria">
        {error && (
          <Notice kind="danger">
            {error} <Link href="/forgotten-password">Ask for a new link</Link>
          </Notice>
        )}
        <TextField
          label="New password"
          name="password"
          type="password"
          autoComplete="new-password"
          isRequired
          autoFocus
          {...atField(errors, "password")}
          hint={`At least ${MIN_PASSWORD_LENGTH} characters. A few words in a row are easy to remember.`}
        />
        <Button type="submit" look="primary" isPending={busy}>
          Change password and sign in
        </Button>
      </Form>
    </Door>
  );
}

function BackToSignIn() {
  return (
    <p>
      <Link href="/sign-in">Back to signing in</Link>
    </p>
  );
}
