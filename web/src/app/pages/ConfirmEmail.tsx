import { useState } from "react";
import { sentence } from "../../net/api";
import type { EmailConfirmed, SessionInfo } from "../../protocol/generated";
import { confirmEmail } from "../../store/mail";
import { loadSession } from "../../store/session";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Link, takeToken } from "../navigation";
import { Door } from "./SignIn";

/** `/confirm-email#token`. One presses a button: programs that look into messages open links too, and press none. */
export function ConfirmEmailPage({ info }: { info: SessionInfo }) {
  const [token] = useState(takeToken);
  const [done, setDone] = useState<EmailConfirmed | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      setDone(await confirmEmail({ token }));
      await loadSession().catch(() => {}); // another address shows in the page too
    } catch (reason) {
      setProblem(sentence(reason));
    } finally {
      setBusy(false);
    }
  };
  const onwards = (
    <p>
      <Link href={info.account ? "/" : "/sign-in"}>{info.account ? "Go to your projects" : "Sign in"}</Link>
    </p>
  );
  if (done) {
    return (
      <Door title="Your address is confirmed">
        <Notice kind="success">
          {done.changed ? `From now on you sign in with ${done.email_address}.` : `${done.email_address} is yours.`}
        </Notice>
        {onwards}
      </Door>
    );
  }
  if (!token) {
    return (
      <Door title="The link is not whole">
        <p>Open the link from your message once more, or copy all of it into the address bar.</p>
        {onwards}
      </Door>
    );
  }
  return (
    <Door
      title="Confirm your e-mail address"
      intro={`It is for your account in ${info.site.name}. Confirming says that its mail reaches you.`}
    >
      {problem && <Notice kind="danger">{problem}</Notice>}
      <Button look="primary" autoFocus isPending={busy} onPress={() => void confirm()}>
        Confirm this address
      </Button>
      {problem && onwards}
    </Door>
  );
}
