import { type FormEvent, type ReactNode, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../../net/api";
import type { SessionInfo } from "../../protocol/generated";
import { setUp, signIn, signUp } from "../../store/session";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { TextField } from "../../ui/TextField";
import { Link, navigate, takeToken } from "../navigation";
import { fileUrl } from "../routes";
import { useTitle } from "../use-title";

/** The file of the Tutorial that a new account begins with. */
const WELCOME = "Welcome.md";
export const MIN_PASSWORD_LENGTH = 8;

/** A page of its own with one form: the doors of Studium. */
function Door({ title, intro, children }: { title: string; intro?: ReactNode; children: ReactNode }) {
  useTitle(title);
  return (
    <main className="door">
      <div className="door-card">
        <h1>{title}</h1>
        {intro && <p className="secondary">{intro}</p>}
        {children}
      </div>
    </main>
  );
}

/** A form that sends once, says what went wrong, and keeps what was typed. */
function useForm(send: (fields: Record<string, string>) => Promise<void>) {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const entries = [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]);
    setBusy(true);
    setError(null);
    try {
      await send(Object.fromEntries(entries));
    } catch (reason) {
      setError(sentence(reason));
    } finally {
      setBusy(false);
    }
  };
  return { error, busy, onSubmit };
}

export function SignInPage({ info }: { info: SessionInfo }) {
  const { error, busy, onSubmit } = useForm(async (fields) => {
    await signIn({ email_address: fields.email ?? "", password: fields.password ?? "" });
    if (location.pathname === "/sign-in") navigate("/", { replace: true });
  });
  if (info.site.needs_set_up) return <SetUpFirst />;
  return (
    <Door title={`Sign in to ${info.site.name}`}>
      <Form className="stack" onSubmit={onSubmit}>
        {error && <Notice kind="danger">{error}</Notice>}
        <TextField label="E-mail" name="email" type="email" autoComplete="username" isRequired autoFocus />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" isRequired />
        <Button type="submit" look="primary" isPending={busy}>
          Sign in
        </Button>
      </Form>
      {info.site.sign_up === "open" && (
        <p className="secondary">
          No account yet? <Link href="/sign-up">Sign up</Link>
        </p>
      )}
      {info.site.sign_up === "invitation" && (
        <p className="secondary">New accounts are by invitation: ask an administrator for a link.</p>
      )}
    </Door>
  );
}

function SetUpFirst() {
  return (
    <Door title="Set up Studium">
      <p>
        Nobody has an account here yet. Studium printed a set-up link when it started: open that link to make the first
        account.
      </p>
    </Door>
  );
}

function AccountFields({ email }: { email?: string }) {
  return (
    <>
      <TextField label="Name" name="name" autoComplete="name" isRequired maxLength={200} autoFocus />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        isRequired
        maxLength={254}
        defaultValue={email}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        isRequired
        minLength={MIN_PASSWORD_LENGTH}
        hint={`At least ${MIN_PASSWORD_LENGTH} characters. A few words in a row are easy to remember.`}
      />
    </>
  );
}

export function SignUpPage({ info }: { info: SessionInfo }) {
  const [invitation] = useState(takeToken);
  const { error, busy, onSubmit } = useForm(async (fields) => {
    const project = await signUp({
      name: fields.name ?? "",
      email_address: fields.email ?? "",
      password: fields.password ?? "",
      invitation: invitation || null,
    });
    navigate(fileUrl(project, WELCOME), { replace: true });
  });
  if (info.site.needs_set_up) return <SetUpFirst />;
  const allowed = info.site.sign_up === "open" || (info.site.sign_up === "invitation" && invitation !== "");
  if (!allowed) {
    return (
      <Door title={info.site.sign_up === "closed" ? "Sign-up is closed" : "Sign-up is by invitation"}>
        <p>
          {info.site.sign_up === "closed"
            ? "No new accounts are made here. Ask an administrator if you need one."
            : "Ask an administrator for an invitation link, and open it in this browser."}
        </p>
        <p>
          <Link href="/sign-in">Sign in</Link>
        </p>
      </Door>
    );
  }
  return (
    <Door title={`Sign up for ${info.site.name}`}>
      <Form className="stack" onSubmit={onSubmit}>
        {error && <Notice kind="danger">{error}</Notice>}
        <AccountFields />
        <Button type="submit" look="primary" isPending={busy}>
          Create account
        </Button>
      </Form>
      <p className="secondary">
        Have an account? <Link href="/sign-in">Sign in</Link>
      </p>
    </Door>
  );
}

export function SetUpPage({ info }: { info: SessionInfo }) {
  const [token] = useState(takeToken);
  const { error, busy, onSubmit } = useForm(async (fields) => {
    const project = await setUp({
      token,
      name: fields.name ?? "",
      email_address: fields.email ?? "",
      password: fields.password ?? "",
    });
    navigate(fileUrl(project, WELCOME), { replace: true });
  });
  if (!info.site.needs_set_up) {
    return (
      <Door title="Studium is set up">
        <p>This link has already been used: the first account exists.</p>
        <p>
          <Link href="/sign-in">{info.account ? "Go to your projects" : "Sign in"}</Link>
        </p>
      </Door>
    );
  }
  if (!token) return <SetUpFirst />;
  return (
    <Door title="Welcome to Studium" intro="Make the first account. It is an administrator: it can invite others.">
      <Form className="stack" onSubmit={onSubmit}>
        {error && <Notice kind="danger">{error}</Notice>}
        <AccountFields />
        <Button type="submit" look="primary" isPending={busy}>
          Create account
        </Button>
      </Form>
    </Door>
  );
}
