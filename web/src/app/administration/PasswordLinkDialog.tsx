import { useState } from "react";
import { sentence } from "../../net/api";
import type { PasswordLink } from "../../protocol/generated";
import type { ListedAccount } from "../../store/administration";
import { makePasswordLink } from "../../store/mail";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { SecretLink } from "../../ui/SecretLink";
import { exactly, fullName } from "../words";

interface PasswordLinkDialogProps {
  row: ListedAccount;
  isOpen: boolean;
  onClose(): void;
}

/** For somebody who forgot a password, where no mail is sent or none arrives: a link that an administrator hands over. */
export function PasswordLinkDialog({ row, isOpen, onClose }: PasswordLinkDialogProps) {
  return (
    <Dialog title={`A new password for ${fullName(row)}`} isOpen={isOpen} onClose={onClose}>
      <PasswordLinkBody row={row} />
    </Dialog>
  );
}

function PasswordLinkBody({ row }: { row: ListedAccount }) {
  const [made, setMade] = useState<PasswordLink | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setMade(await makePasswordLink({ email_address: row.email_address }));
    } catch (reason) {
      setProblem(sentence(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <p>
        A link lets {fullName(row)} choose a new password; then they are signed out everywhere else. Make sure that it
        is they who ask, and hand the link over yourself.
      </p>
      {problem && <Notice kind="danger">{problem}</Notice>}
      {made ? (
        <SecretLink text={made.link}>
          The link works once, until {exactly(Date.parse(made.expires_at))}. It is shown only now.
        </SecretLink>
      ) : (
        <div className="dialog-acts">
          <Button look="primary" isPending={busy} onPress={() => void make()}>
            Make password link
          </Button>
        </div>
      )}
    </>
  );
}
