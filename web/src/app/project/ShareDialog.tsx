import { UserMinus } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../../net/api";
import type { Role } from "../../protocol/generated";
import {
  addCollaborator,
  type CollaboratorRow,
  changeRole,
  collaboratorsOf,
  type ProjectRow,
  removeCollaborator,
} from "../../store/queries";
import { didFirstStep } from "../../store/settings";
import { useTable, useTables } from "../../store/use-table";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { faceOf } from "../faces";
import { navigate } from "../navigation";
import { fullName } from "../words";
import { useProject } from "./context";

const ROLES: readonly { value: Role; label: string }[] = [
  { value: "collaborator", label: "Can edit" },
  { value: "viewer", label: "Can look" },
  { value: "owner", label: "Owner" },
];

interface ShareProps {
  project: ProjectRow;
  isOpen: boolean;
  onClose(): void;
}

/** Who is in the project; live. */
export function ShareDialog({ project, isOpen, onClose }: ShareProps) {
  return (
    <Dialog title="Share" isOpen={isOpen} onClose={onClose} wide>
      <ShareBody project={project} onClose={onClose} />
    </Dialog>
  );
}

function ShareBody({ project, onClose }: { project: ProjectRow; onClose(): void }) {
  const { info } = useProject();
  const { rows, loaded, error } = useTable(collaboratorsOf(project.project_id));
  const me = rows.find((row) => row.account_id === info.account?.account_id);
  const owns = me?.role === "owner" || info.account?.administrator === true;
  const mayAdd = owns || me?.role === "collaborator";
  return (
    <>
      {mayAdd && <AddForm projectId={project.project_id} />}
      {error && <Notice kind="danger">{error.message}</Notice>}
      {!loaded && <Skeleton lines={2} label="Loading the people" />}
      <ul className="collaborators" aria-label="People in this project">
        {rows.map((row) => (
          <CollaboratorItem key={row.account_id} row={row} me={me} owns={owns} onLeft={onClose} />
        ))}
      </ul>
    </>
  );
}

function AddForm({ projectId }: { projectId: string }) {
  const store = useTables();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("collaborator");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const address = email.trim();
    if (!address) {
      setProblem("Type the e-mail address of somebody who has an account here.");
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      await addCollaborator(store, projectId, address, role);
      didFirstStep("share");
      setEmail("");
      field.current?.focus();
    } catch (reason) {
      setProblem(sentence(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form className="add-form" onSubmit={submit} validationBehavior="aria">
      <TextField
        ref={field}
        label="E-mail"
        type="email"
        value={email}
        onChange={(value) => {
          setEmail(value);
          setProblem(undefined);
        }}
        error={problem}
        autoFocus
        autoComplete="off"
      />
      <Select<Role> label="Role" value={role} choices={ROLES.slice(0, 2)} onChange={setRole} />
      <Button type="submit" look="primary" isPending={busy}>
        Add
      </Button>
    </Form>
  );
}

interface ItemProps {
  row: CollaboratorRow;
  me: CollaboratorRow | undefined;
  owns: boolean;
  onLeft(): void;
}

function CollaboratorItem({ row, me, owns, onLeft }: ItemProps) {
  const store = useTables();
  const name = fullName(row);
  const mine = row.account_id === me?.account_id;
  const remove = async () => {
    try {
      await removeCollaborator(store, row.project_id, row.account_id);
      if (!mine) return;
      onLeft();
      navigate("/");
    } catch {
      // The store has said why.
    }
  };
  return (
    <li className="collaborator">
      <Avatar {...faceOf(row)} />
      <div className="collaborator-name">
        <span className="truncate">{name}</span>
        <span className="secondary truncate">{row.email_address}</span>
      </div>
      {owns && !mine ? (
        <Select
          label={`Role of ${name}`}
          hideLabel
          value={row.role}
          choices={ROLES}
          onChange={(role) => changeRole(store, row.project_id, row.account_id, role).catch(() => {})}
        />
      ) : (
        <span className="secondary">{ROLES.find((role) => role.value === row.role)?.label}</span>
      )}
      {mine ? (
        <Button look="plain" onPress={() => void remove()}>
          Leave
        </Button>
      ) : (
        owns && (
          <IconButton label={`Remove ${name}`} onPress={() => void remove()}>
            <UserMinus aria-hidden />
          </IconButton>
        )
      )}
    </li>
  );
}
