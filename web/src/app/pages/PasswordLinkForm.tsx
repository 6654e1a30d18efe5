import { Copy } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../../net/api";
import type { PasswordLink } from "../../protocol/generated";
import { makePasswordLink } from "../../store/mail";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/copy";
import { Notice } from "../../ui/Notice";
import { TextField } from "../../ui/TextField";
import { exactly } from "../words";

/** For somebody who forgot a password, where no mail is sent or none arrives: a link that an administrator hands over. */
export function PasswordLinkForm() {
  const [email, setEmail] = useState("");
  const [made, setMade] = useState<(PasswordLink & { email: string }) | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    setMade(null);
    try {
      setMade({ ...(await makePasswordLink({ email_address: email })), email: email.trim() });
      setEmail("");
    } catch (reason) {
      setProblem(sentence(reason));
    }
  };
  return (
    <Form className="stack" onSubmit={submit} validationBehavior="aria">
      <h2>Help with a forgotten password</h2>
      <p className="secondary">
        A link lets somebody choose a new password. Make sure that it is they who ask, and hand it over yourself.
      </p>
      <TextField
        label="Address of the account"
        type="email"
        value={email}
        onChange={setEmail}
        {...(problem ? { error: problem } : {})}
      />
      <div>
        <Button type="submit" isDisabled={email.trim() === ""}>
          Make password link
        </Button>
      </div>
      {made && (
        <Notice kind="success">
          <p>
            The link for {made.email} works once, until {exactly(Date.parse(made.expires_at))}. It is shown only now.
          </p>
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
