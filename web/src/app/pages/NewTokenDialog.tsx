import { Copy } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../../net/api";
import type { TokenScope } from "../../protocol/generated";
import { makeApiToken } from "../../store/api-tokens";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/copy";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";

const MAX_NAME_LENGTH = 100;
const SCOPES: readonly { value: TokenScope; label: string }[] = [
  { value: "full", label: "Full access: all that you may do" },
  { value: "read_only", label: "Read only: it changes nothing" },
];
const ENDS = [
  { value: "7", label: "In 7 days" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In 365 days" },
  { value: "", label: "Never" },
] as const;
type End = (typeof ENDS)[number]["value"];

/** Makes a token, and shows it this once. */
export function NewTokenDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const [token, setToken] = useState<string | null>(null);
  const close = () => {
    onClose();
    setToken(null);
  };
  return (
    <Dialog title={token === null ? "Make an API token" : "Your new API token"} isOpen={isOpen} onClose={close}>
      {token === null ? <TokenForm onMade={setToken} onCancel={close} /> : <Made token={token} onClose={close} />}
    </Dialog>
  );
}

function TokenForm({ onMade, onCancel }: { onMade(token: string): void; onCancel(): void }) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState<TokenScope>("full");
  const [end, setEnd] = useState<End>("90");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      onMade((await makeApiToken({ name, scope, days: end === "" ? null : Number(end) })).token);
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form className="stack" onSubmit={make}>
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        maxLength={MAX_NAME_LENGTH}
        autoFocus
        placeholder="Marking script"
        hint="What it is for, so that you know it again."
      />
      <Select label="What it may do" value={scope} onChange={(value) => setScope(value)} choices={SCOPES} />
      <Select label="It ends" value={end} onChange={(value) => setEnd(value)} choices={ENDS} />
      {problem && <Notice kind="danger">{problem}</Notice>}
      <div className="dialog-acts">
        <Button onPress={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" isPending={busy} isDisabled={name.trim() === ""}>
          Make token
        </Button>
      </div>
    </Form>
  );
}

function Made({ token, onClose }: { token: string; onClose(): void }) {
  const copy = useRef<HTMLButtonElement>(null);
  // At once: `autoFocus` waits for transitions after a key that acts as a click, and by then the focus is nowhere.
  useEffect(() => copy.current?.focus(), []);
  return (
    <div className="stack">
      <p>Copy the token now. It is shown only this once; who has it can act for you until it ends or you delete it.</p>
      <p>
        <code className="link-text">{token}</code>
      </p>
      <div className="dialog-acts">
        <Button ref={copy} onPress={() => void copyText(token, "The token is copied.")}>
          <Copy aria-hidden />
          Copy token
        </Button>
        <Button look="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    </div>
  );
}
