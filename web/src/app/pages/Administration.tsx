import { Copy } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../../net/api";
import type { Invitation, SessionInfo, SignUpPolicy } from "../../protocol/generated";
import { changeSiteSetting, SITE_SETTINGS } from "../../store/queries";
import { invite, loadSession } from "../../store/session";
import { useTable, useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/copy";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/toast-queue";
import { TopBar } from "../TopBar";
import { useTitle } from "../use-title";
import { exactly } from "../words";
import { MailSettings } from "./MailSettings";
import { PasswordLinkForm } from "./PasswordLinkForm";

const POLICIES: readonly { value: SignUpPolicy; label: string }[] = [
  { value: "closed", label: "Nobody" },
  { value: "invitation", label: "People with an invitation link" },
  { value: "open", label: "Anyone" },
];

export function Administration({ info }: { info: SessionInfo }) {
  useTitle("Administration");
  return (
    <>
      <TopBar info={info} />
      <main className="page narrow">
        <h1>Administration</h1>
        <Site info={info} />
        <Invite closed={info.site.sign_up === "closed"} />
        <PasswordLinkForm />
        <MailSettings />
        <p className="secondary">Studium {info.site.version}</p>
      </main>
    </>
  );
}

function Site({ info }: { info: SessionInfo }) {
  const store = useTables();
  const { rows, error } = useTable(SITE_SETTINGS);
  const stored = (name: string) => rows.find((row) => row.name === name)?.value;
  const policy = (stored("sign_up") as SignUpPolicy | undefined) ?? info.site.sign_up;
  const [name, setName] = useState<string | null>(null);
  const shownName = name ?? (stored("site_name") as string | undefined) ?? info.site.name;
  const [problem, setProblem] = useState<string | null>(null);
  const change = async (setting: Parameters<typeof changeSiteSetting>[1]) => {
    setProblem(null);
    try {
      await changeSiteSetting(store, setting);
      await loadSession();
      toast("The site's settings are changed.");
    } catch (reason) {
      setProblem(sentence(reason));
    }
  };
  const saveName = (event: FormEvent) => {
    event.preventDefault();
    if (shownName.trim()) void change({ name: "site_name", value: shownName.trim() }).then(() => setName(null));
  };
  return (
    <section className="stack">
      <h2>Site</h2>
      {(problem || error) && <Notice kind="danger">{problem ?? error?.message}</Notice>}
      <Form className="inline-form" onSubmit={saveName}>
        <TextField label="Site name" value={shownName} onChange={setName} maxLength={60} />
        <Button type="submit" isDisabled={name === null}>
          Change name
        </Button>
      </Form>
      <Select
        label="Who may make an account"
        value={policy}
        choices={POLICIES}
        onChange={(value) => void change({ name: "sign_up", value })}
      />
    </section>
  );
}

function Invite({ closed }: { closed: boolean }) {
  const store = useTables();
  const [email, setEmail] = useState("");
  const [made, setMade] = useState<Invitation | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    try {
      setMade(await invite({ email_address: email.trim() || null }));
    } catch (reason) {
      setProblem(sentence(reason));
    }
  };
  const allow = async () => {
    try {
      await changeSiteSetting(store, { name: "sign_up", value: "invitation" });
      await loadSession();
    } catch (reason) {
      setProblem(sentence(reason));
    }
  };
  return (
    <Form className="stack" onSubmit={submit}>
      <h2>Invite somebody</h2>
      <p className="secondary">An invitation link lets one person make an account. You send it to them yourself.</p>
      {problem && <Notice kind="danger">{problem}</Notice>}
      {closed && (
        <Notice>
          <p>Nobody may make an account now, so no link works.</p>
          <Button onPress={() => void allow()}>Allow invitation links</Button>
        </Notice>
      )}
      <TextField
        label="E-mail"
        type="email"
        value={email}
        onChange={setEmail}
        hint="If you give one, only this address can use the link."
      />
      <div>
        <Button type="submit" isDisabled={closed}>
          Make invitation link
        </Button>
      </div>
      {made && (
        <Notice kind="success">
          <p>The link works once, until {exactly(Date.parse(made.expires_at))}. It is shown only now.</p>
          <p>
            <code className="link-text">{made.link}</code>
          </p>
          <Button onPress={() => void copyText(made.link, "The link is copied.")}>
            <Copy aria-hidden />
            Copy link
          </Button>
        </Notice>
      )}
    </Form>
  );
}
