import { Link2, Mail, X } from "lucide-react";
import { useState } from "react";
import { sentence } from "../../net/api";
import type { ProjectInvitation, Role } from "../../protocol/generated";
import { invitationsTo, inviteToProject, type ProjectInvitationRow, takeBack } from "../../store/invitations";
import { useTable, useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { SecretLink } from "../../ui/SecretLink";
import { Select } from "../../ui/Select";
import { count, exactly } from "../words";
import { GIVEN_ROLES, roleWords } from "./roles";

const ENDS = [
  { value: "1", label: "In a day" },
  { value: "7", label: "In a week" },
  { value: "30", label: "In 30 days" },
  { value: "never", label: "Never" },
] as const;
type Ends = (typeof ENDS)[number]["value"];

const USES = [
  { value: "1", label: "One person" },
  { value: "30", label: "30 people" },
  { value: "300", label: "300 people" },
  { value: "any", label: "Any number" },
] as const;
type Uses = (typeof USES)[number]["value"];

/** Who may still come in: by links and by addresses that have no account yet; live. */
export function Invitations({ projectId, mayInvite }: { projectId: string; mayInvite: boolean }) {
  const { rows } = useTable(invitationsTo(projectId));
  return (
    <>
      {rows.length > 0 && (
        <ul className="collaborators" aria-label="Invitations">
          {rows.map((row) => (
            <InvitationItem key={row.invitation_id} row={row} mayTakeBack={mayInvite} />
          ))}
        </ul>
      )}
      {mayInvite && <NewLink projectId={projectId} />}
    </>
  );
}

function InvitationItem({ row, mayTakeBack }: { row: ProjectInvitationRow; mayTakeBack: boolean }) {
  const store = useTables();
  const name = row.email_address ?? "Link";
  return (
    <li className="collaborator">
      <span className="invitation-icon">{row.email_address ? <Mail aria-hidden /> : <Link2 aria-hidden />}</span>
      <div className="collaborator-name">
        <span className="truncate">{name}</span>
        <span className="secondary">
          {row.email_address ? "Waits for an account" : used(row)}, {ends(row)}
        </span>
      </div>
      <span className="secondary">{roleWords(row.role)}</span>
      {mayTakeBack && (
        <IconButton
          label={row.email_address ? `Take back the invitation of ${name}` : "Take back this link"}
          onPress={() => void takeBack(store, row).catch(() => {})}
        >
          <X aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

function used(row: ProjectInvitationRow): string {
  if (row.uses === 0)
    return row.most_uses === null ? "Not used yet" : `For ${count(row.most_uses, "person", "people")}`;
  return row.most_uses === null
    ? `Used by ${count(row.uses, "person", "people")}`
    : `Used by ${row.uses} of ${count(row.most_uses, "person", "people")}`;
}

function ends(row: ProjectInvitationRow): string {
  return row.expires_at === null ? "without an end" : `until ${exactly(Date.parse(row.expires_at))}`;
}

function NewLink({ projectId }: { projectId: string }) {
  const [role, setRole] = useState<Role>("viewer");
  const [end, setEnd] = useState<Ends>("7");
  const [uses, setUses] = useState<Uses>("any");
  const [made, setMade] = useState<ProjectInvitation | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const days = end === "never" ? null : Number(end);
      const most = uses === "any" ? null : Number(uses);
      setMade(await inviteToProject({ project_id: projectId, role, days, most_uses: most }));
    } catch (reason) {
      setProblem(sentence(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="stack" aria-labelledby="share-link">
      <h3 id="share-link">Share by link</h3>
      <p className="secondary">Whoever has the link and an account here can come in.</p>
      {problem && <Notice kind="danger">{problem}</Notice>}
      <div className="link-form">
        <Select<Role> label="They" value={role} choices={GIVEN_ROLES} onChange={setRole} />
        <Select<Ends> label="It ends" value={end} choices={ENDS} onChange={setEnd} />
        <Select<Uses> label="For" value={uses} choices={USES} onChange={setUses} />
        <Button isPending={busy} onPress={() => void make()}>
          <Link2 aria-hidden />
          Make link
        </Button>
      </div>
      {made && <SecretLink text={made.link}>The link is shown only now. It can be taken back at any time.</SecretLink>}
    </section>
  );
}
