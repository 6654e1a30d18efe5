import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../../net/api";
import type { SessionInfo } from "../../protocol/generated";
import { changeName, MY_ACCOUNT } from "../../store/queries";
import { useObservable } from "../../store/react";
import { changeSettings, FONT_SIZES, type Settings, settings } from "../../store/settings";
import { useTable, useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Switch } from "../../ui/Choice";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { Link } from "../navigation";
import { TopBar } from "../TopBar";
import { useTitle } from "../use-title";
import { fullName, splitName } from "../words";
import { DeleteAccount } from "./DeleteAccount";
import { EmailForm } from "./EmailForm";
import { ExportData } from "./ExportData";
import { PasswordForm } from "./PasswordForm";
import { ProfileForm } from "./ProfileForm";
import { SessionList } from "./SessionList";
import { TokenList } from "./TokenList";

export function AccountSettings({ info }: { info: SessionInfo }) {
  useTitle("Settings");
  return (
    <>
      <TopBar info={info} />
      <main className="page narrow">
        <h1>Settings</h1>
        {info.mode === "multi" && (
          <>
            <NameForm />
            <ProfileForm />
            <EmailForm info={info} />
          </>
        )}
        <Appearance />
        <Editing />
        <Terminals />
        <section className="stack">
          <h2>Keys</h2>
          <p>
            Every command can have a key of your choice: see <Link href="/keys">All keys</Link>.
          </p>
        </section>
        {info.mode === "multi" && (
          <>
            <PasswordForm />
            <SessionList current={info.session_id ?? null} />
            <TokenList />
            <ExportData />
            <DeleteAccount />
          </>
        )}
      </main>
    </>
  );
}

function NameForm() {
  const store = useTables();
  const account = useTable(MY_ACCOUNT).rows[0];
  const [typed, setTyped] = useState<string | null>(null);
  const [told, setTold] = useState<{ text: string; bad: boolean } | null>(null);
  if (!account) return null;
  const name = typed ?? fullName(account);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const { first, last } = splitName(name);
    if (!first) {
      setTold({ text: "Write the name that others should see.", bad: true });
      return;
    }
    try {
      await changeName(store, account.account_id, first, last);
      setTold({ text: "Your name is changed.", bad: false });
      setTyped(null);
    } catch (error) {
      setTold({ text: sentence(error), bad: true });
    }
  };
  return (
    <section className="stack">
      <h2>Account</h2>
      <Form className="inline-form" onSubmit={save}>
        <TextField label="Name" value={name} onChange={setTyped} maxLength={200} autoComplete="name" />
        <Button type="submit" isDisabled={typed === null}>
          Change name
        </Button>
      </Form>
      {told && <Notice kind={told.bad ? "danger" : "success"}>{told.text}</Notice>}
    </section>
  );
}

function Appearance() {
  const { theme } = useObservable(settings);
  return (
    <section className="stack">
      <h2>Appearance</h2>
      <Select
        label="Theme"
        value={theme}
        onChange={(value) => changeSettings({ theme: value })}
        choices={[
          { value: "system", label: "As the system" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
          { value: "high-contrast", label: "High contrast" },
        ]}
      />
    </section>
  );
}

const KEY_CHOICES: readonly { value: Settings["keys"]; label: string }[] = [
  { value: "default", label: "Standard" },
  { value: "vim", label: "Vim" },
  { value: "emacs", label: "Emacs" },
];

const TERMINAL_COLOURS: readonly { value: Settings["terminalColours"]; label: string }[] = [
  { value: "theme", label: "As the theme" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "high-contrast", label: "High contrast" },
  { value: "solarized-light", label: "Solarized light" },
  { value: "solarized-dark", label: "Solarized dark" },
];

function Terminals() {
  const { terminalColours, terminalScreenReader, terminalBell } = useObservable(settings);
  return (
    <section className="stack">
      <h2>Terminals</h2>
      <Select
        label="Colours"
        value={terminalColours}
        onChange={(value) => changeSettings({ terminalColours: value })}
        choices={TERMINAL_COLOURS}
      />
      <Switch isSelected={terminalBell} onChange={(on) => changeSettings({ terminalBell: on })}>
        Show that a program has rung the bell
      </Switch>
      <Switch isSelected={terminalScreenReader} onChange={(on) => changeSettings({ terminalScreenReader: on })}>
        Read terminals aloud with a screen reader
      </Switch>
    </section>
  );
}

function Editing() {
  const { keys, fontSize, lineWrap } = useObservable(settings);
  return (
    <section className="stack">
      <h2>Editor</h2>
      <Select label="Keys" value={keys} onChange={(value) => changeSettings({ keys: value })} choices={KEY_CHOICES} />
      <Select
        label="Font size"
        value={String(fontSize)}
        onChange={(value) => changeSettings({ fontSize: Number(value) })}
        choices={FONT_SIZES.map((size) => ({ value: String(size), label: `${size} px` }))}
      />
      <Switch isSelected={lineWrap} onChange={(on) => changeSettings({ lineWrap: on })}>
        Wrap long lines
      </Switch>
    </section>
  );
}
