import { type FormEvent, useEffect, useState } from "react";
import { Form } from "react-aria-components";
import { ApiError, sentence } from "../../net/api";
import type { MailSecurity, MailSettings as Stored } from "../../protocol/generated";
import { loadMailSettings, removeMailSettings, saveMailSettings, testMail } from "../../store/mail";
import { loadSession } from "../../store/session";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { FailedMail } from "./FailedMail";

const SECURITIES: readonly { value: MailSecurity; label: string; port: string }[] = [
  { value: "starttls", label: "STARTTLS", port: "587" },
  { value: "tls", label: "TLS", port: "465" },
  { value: "none", label: "None (this machine only)", port: "25" },
];

/** What is typed: numbers as text, and the password only when it is another. */
interface Typed {
  host: string;
  port: string;
  security: MailSecurity;
  user: string;
  password: string;
  sender_address: string;
  sender_name: string;
}

const typedOf = (stored: Stored): Typed => ({
  host: stored.host ?? "",
  port: String(stored.port ?? 587),
  security: stored.security ?? "starttls",
  user: stored.user ?? "",
  password: "",
  sender_address: stored.sender_address ?? "",
  sender_name: stored.sender_name ?? "",
});

/** The mail server of the site, a test of it, and what it did not take. */
export function MailSection() {
  const [stored, setStored] = useState<Stored | null>(null);
  const [told, setTold] = useState<{ text: string; bad: boolean } | null>(null);
  useEffect(() => {
    loadMailSettings()
      .then(setStored)
      .catch((reason) => setTold({ text: sentence(reason), bad: true }));
  }, []);
  return (
    <section className="stack" aria-label="Mail">
      <h2>Mail</h2>
      <p className="secondary">
        With a mail server, people who forgot their password get a link, and addresses are confirmed.
      </p>
      {!stored && !told && <Skeleton lines={3} label="Loading the mail settings" />}
      {stored?.fixed && <Fixed stored={stored} />}
      {stored && !stored.fixed && <ServerForm stored={stored} onStored={setStored} onTold={setTold} />}
      {stored?.fixed && (
        <div>
          <TestMail onTold={setTold} />
        </div>
      )}
      {told && <Notice kind={told.bad ? "danger" : "success"}>{told.text}</Notice>}
      <FailedMail />
    </section>
  );
}

type Tell = (told: { text: string; bad: boolean } | null) => void;

function Fixed({ stored }: { stored: Stored }) {
  return (
    <>
      <Notice>
        The setting <code>mail</code> of the machine on which Studium runs decides this; it is changed there.
      </Notice>
      <dl className="field">
        <dt className="label">Server</dt>
        <dd>
          {stored.host}:{stored.port}, {SECURITIES.find(({ value }) => value === stored.security)?.label}
          {stored.user && `, as ${stored.user}`}
        </dd>
        <dt className="label">Sender</dt>
        <dd>{stored.sender_name ? `${stored.sender_name} <${stored.sender_address}>` : stored.sender_address}</dd>
      </dl>
    </>
  );
}

function ServerForm({ stored, onStored, onTold }: { stored: Stored; onStored(stored: Stored): void; onTold: Tell }) {
  const [typed, setTyped] = useState(() => typedOf(stored));
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<Typed>) => {
    setTyped((before) => ({ ...before, ...part }));
    setWrong({});
  };
  const field = (name: keyof Typed) => ({
    value: typed[name],
    onChange: (value: string) => change({ [name]: value }),
    ...(wrong[name] ? { error: wrong[name] } : {}),
  });
  const before = typedOf(stored);
  const changed = Object.entries(typed).some(([name, value]) => before[name as keyof Typed] !== value);
  const done = async (next: Stored, text: string) => {
    onStored(next);
    setTyped(typedOf(next));
    onTold({ text, bad: false });
    await loadSession().catch(() => {});
  };
  const attempt = async (act: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setWrong({});
    onTold(null);
    try {
      await act();
    } catch (reason) {
      const name = reason instanceof ApiError ? String(reason.data.field) : "";
      if (name in typed) setWrong({ [name]: sentence(reason) });
      else onTold({ text: sentence(reason), bad: true });
    } finally {
      setBusy(false);
    }
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    const port = Number(typed.port);
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      setWrong({ port: "The port is a number from 1 to 65535." });
      return;
    }
    void attempt(async () => {
      const body = { ...typed, port, password: typed.password === "" && stored.has_password ? null : typed.password };
      const { host, security, user, password, sender_address, sender_name } = body;
      await done(
        await saveMailSettings({ host, port, security, user, password, sender_address, sender_name }),
        "The mail server is saved. Send a test message to see whether it works.",
      );
    });
  };
  const chooseSecurity = (security: MailSecurity) => {
    const usual = SECURITIES.some(({ port }) => port === typed.port);
    const port = SECURITIES.find(({ value }) => value === security)?.port;
    change({ security, ...(usual && port ? { port } : {}) });
  };
  return (
    <Form className="stack" onSubmit={save} validationBehavior="aria">
      <TextField label="Mail server" placeholder="mail.example.org" autoComplete="off" {...field("host")} />
      <div className="mail-port">
        <Select label="Protection" value={typed.security} choices={SECURITIES} onChange={chooseSecurity} />
        <TextField label="Port" inputMode="numeric" autoComplete="off" {...field("port")} />
      </div>
      {wrong.security && <Notice kind="danger">{wrong.security}</Notice>}
      <TextField
        label="User"
        autoComplete="off"
        {...field("user")}
        hint="Leave it empty where the server asks for none."
      />
      <TextField
        label="Password of this user"
        type="password"
        autoComplete="new-password"
        {...field("password")}
        hint={
          stored.has_password ? "One is stored and is never shown; empty keeps it." : "It is stored and never shown."
        }
      />
      <TextField
        label="Sender’s address"
        type="email"
        placeholder="studium@example.org"
        autoComplete="off"
        {...field("sender_address")}
      />
      <TextField
        label="Sender’s name"
        autoComplete="off"
        {...field("sender_name")}
        hint="Shown beside the address, such as the name of your course or institute."
      />
      <div className="button-row">
        <Button type="submit" look="primary" isPending={busy}>
          Save mail server
        </Button>
        {stored.configured && <TestMail onTold={onTold} isDisabled={changed} />}
        {stored.configured && (
          <Button
            onPress={() => void attempt(async () => done(await removeMailSettings(), "No mail is sent any more."))}
          >
            Stop sending mail
          </Button>
        )}
      </div>
    </Form>
  );
}

/** Tries what is saved, so not while something else is typed. */
function TestMail({ onTold, isDisabled = false }: { onTold: Tell; isDisabled?: boolean }) {
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    onTold(null);
    try {
      const { to, reply } = await testMail();
      onTold({ text: `The mail server took a message to ${to} and said: ${reply || "nothing"}`, bad: false });
    } catch (reason) {
      onTold({ text: sentence(reason), bad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button isPending={busy} isDisabled={isDisabled} onPress={() => void send()}>
      Send a test message to me
    </Button>
  );
}
