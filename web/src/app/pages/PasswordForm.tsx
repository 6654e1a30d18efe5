import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../../net/api";
import { changePassword } from "../../store/session";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { TextField } from "../../ui/TextField";

/** A new password for the account; the old one is asked for, so that an open page is not enough. */
export function PasswordForm() {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [told, setTold] = useState<{ text: string; bad: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await changePassword({ current_password: current, password });
      setTold({ text: "Your password is changed. Everywhere else you are signed out.", bad: false });
      setCurrent("");
      setPassword("");
    } catch (error) {
      setTold({ text: sentence(error), bad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="stack">
      <h2>Password</h2>
      <p className="secondary">A new password signs you out everywhere else and deletes your API tokens.</p>
      <Form className="stack" onSubmit={save}>
        <TextField
          label="Current password"
          type="password"
          value={current}
          onChange={setCurrent}
          autoComplete="current-password"
        />
        <TextField
          label="New password"
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="new-password"
          hint="At least 8 characters, such as four words."
        />
        <div>
          <Button type="submit" isPending={busy} isDisabled={current === "" || password === ""}>
            Change password
          </Button>
        </div>
      </Form>
      {told && <Notice kind={told.bad ? "danger" : "success"}>{told.text}</Notice>}
    </section>
  );
}
