import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { ApiError, sentence } from "../../net/api";
import type { SessionInfo } from "../../protocol/generated";
import { changeEmail, resendConfirmation } from "../../store/mail";
import { MY_ACCOUNT } from "../../store/queries";
import { loadSession } from "../../store/session";
import { useTable } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { TextField } from "../../ui/TextField";

/** The address of the account: which it is, whether it is confirmed, and another one. */
export function EmailForm({ info }: { info: SessionInfo }) {
  const account = useTable(MY_ACCOUNT).rows[0];
  const [address, setAddress] = useState("");
  const [password, setPassword] = useState("");
  const [told, setTold] = useState<{ text: string; bad: boolean } | null>(null);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  if (!account) return null;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setTold(null);
    setWrong({});
    try {
      const done = await changeEmail({ email_address: address, current_password: password });
      const sent = `A link was sent to ${done.email_address}. Open it within a day: then the address changes. Until then you sign in with ${account.email_address}.`;
      const atOnce = `Your address is changed: from now on you sign in with ${done.email_address}.${
        info.site.mail ? "" : " This Studium sends no mail, so nothing was asked of the new address."
      }`;
      setTold({ text: done.pending ? sent : atOnce, bad: false });
      setAddress("");
      setPassword("");
      if (!done.pending) await loadSession().catch(() => {});
    } catch (error) {
      const field = error instanceof ApiError ? String(error.data.field) : "";
      if (field === "email_address" || field === "current_password") setWrong({ [field]: sentence(error) });
      else setTold({ text: sentence(error), bad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="stack">
      <h2>E-mail</h2>
      <p>{account.email_address}</p>
      {info.site.mail && !account.confirmed_at && <Unconfirmed />}
      <Form className="stack" onSubmit={save} validationBehavior="aria">
        <TextField
          label="New e-mail"
          type="email"
          value={address}
          onChange={setAddress}
          autoComplete="email"
          {...(wrong.email_address ? { error: wrong.email_address } : {})}
          hint={
            info.site.mail
              ? "A link goes to the new address; opening it makes the change."
              : "It takes effect at once, as this Studium sends no mail."
          }
        />
        <TextField
          label="Your password"
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          {...(wrong.current_password ? { error: wrong.current_password } : {})}
        />
        <div>
          <Button type="submit" isPending={busy} isDisabled={address.trim() === "" || password === ""}>
            Change e-mail
          </Button>
        </div>
      </Form>
      {told && <Notice kind={told.bad ? "danger" : "success"}>{told.text}</Notice>}
    </section>
  );
}

/** Nothing is blocked by it; it says what to do and stays until that is done. */
function Unconfirmed() {
  const [told, setTold] = useState<string | null>(null);
  const again = async () => {
    try {
      await resendConfirmation();
      setTold("A new link is on its way. Older links no longer work.");
    } catch (error) {
      setTold(sentence(error));
    }
  };
  return (
    <Notice>
      <p>{told ?? "This address is not confirmed yet. Open the link that came by mail, or have it sent again."}</p>
      <Button onPress={() => void again()}>Send again</Button>
    </Notice>
  );
}
