import { type FormEvent, type ReactNode, useState } from "react";
import { Form } from "react-aria-components";
import { ApiError, sentence } from "../../net/api";
import type { SessionInfo } from "../../protocol/generated";
import { pendingJoin } from "../../store/invitations";
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
export function Door({ title, intro, children }: { title: string; intro?: ReactNode; children: ReactNode }) {
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

/** The fields of our forms by the names that the server has for them. */
const FIELDS: Readonly<Record<string, string>> = { name: "name", email_address: "email", password: "password" };

const EMPTY = "This field is empty. Fill it in.";

/** What is wrong with each field, and how it is forgotten once one types. */
interface FieldErrors {
  of: Readonly<Record<string, string>>;
  forget(field: string): void;
}

/**
 * A form that sends once, says what went wrong (at the field, where it is one's fault), and keeps what was typed. The
 * sentence goes while one types: one that went on leaving the field would move the button from under the pointer.
 */
export function useForm(send: (fields: Record<string, string>) => Promise<void>) {
  const [error, setError] = useState<string | null>(null);
  const [of, setErrors] = useState<Record<string, string>>({});
  const errors: FieldErrors = {
    of,
    forget: (field) => of[field] && setErrors(({ [field]: _, ...others }) => others),
  };
  const [busy, setBusy] = useState(false);
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const entries = [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]);
    const empty = Object.fromEntries(entries.filter(([, value]) => !value?.trim()).map(([name]) => [name, EMPTY]));
    if (Object.keys(empty).length > 0) {
      setErrors(empty);
      return;
    }
    setBusy(true);
    setError(null);
    setErrors({});
    try {
      await send(Object.fromEntries(entries));
    } catch (reason) {
      const field = reason instanceof ApiError ? FIELDS[String(reason.data.field)] : undefined;
      if (field) setErrors({ [field]: sentence(reason) });
      else setError(sentence(reason));
    } finally {
      setBusy(false);
    }
  };
  return { error, errors, busy, onSubmit };
}

export function SignInPage({ info }: { info: SessionInfo }) {
  const { error, errors, busy, onSubmit } = useForm(async (fields) => {
    await signIn({ email_address: fields.email ?? "", password: fields.password ?? "" });
    if (location.pathname === "/sign-in") navigate(pendingJoin.get() ? "/join" : "/", { replace: true });
  });
  if (info.site.needs_set_up) return <SetUpFirst />;
  return (
    <Door title={`Sign in to ${info.site.name}`}>
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
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          isRequired
          {...atField(errors, "password")}
        />
        <Button type="submit" look="primary" isPending={busy}>
          Sign in
        </Button>
      </Form>
      <p>
        <Link href="/forgotten-password">Forgotten your password?</Link>
      </p>
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

export function atField(errors: FieldErrors, field: string) {
  const error = errors.of[field];
  return { onChange: () => errors.forget(field), ...(error ? { error } : {}) };
}

function AccountFields({ errors }: { errors: FieldErrors }) {
  return (
    <>
      <TextField label="Name" name="name" autoComplete="name" isRequired autoFocus {...atField(errors, "name")} />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        isRequired
        {...atField(errors, "email")}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        isRequired
        {...atField(errors, "password")}
        hint={`At least ${MIN_PASSWORD_LENGTH} characters. A few words in a row are easy to remember.`}
      />
    </>
  );
}

export function SignUpPage({ info }: { info: SessionInfo }) {
  const [invitation] = useState(takeToken);
  const { error, errors, busy, onSubmit } = useForm(async (fields) => {
    const project = await signUp({
      name: fields.name ?? "",
      email_address: fields.email ?? "",
      password: fields.password ?? "",
      invitation: invitation || null,
    });
    navigate(pendingJoin.get() ? "/join" : fileUrl(project, WELCOME), { replace: true });
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
      <Form className="stack" onSubmit={onSubmit} validationBehavior="aria">
        {error && <Notice kind="danger">{error}</Notice>}
        <AccountFields errors={errors} />
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
  const { error, errors, busy, onSubmit } = useForm(async (fields) => {
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
      <Form className="stack" onSubmit={onSubmit} validationBehavior="aria">
        {error && <Notice kind="danger">{error}</Notice>}
        <AccountFields errors={errors} />
        <Button type="submit" look="primary" isPending={busy}>
          Create account
        </Button>
      </Form>
    </Door>
  );
}
