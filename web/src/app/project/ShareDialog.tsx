import { UserMinus } from "lucide-react";
import {
  type CollaboratorRow,
  changeRole,
  collaboratorsOf,
  type ProjectRow,
  removeCollaborator,
} from "../../store/queries";
import { useTable, useTables } from "../../store/use-table";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { faceOf } from "../faces";
import { navigate } from "../navigation";
import { fullName } from "../words";
import { AddPeople } from "./AddPeople";
import { useProject } from "./context";
import { Invitations } from "./Invitations";
import { ROLES, roleWords } from "./roles";

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
  const owners = rows.filter((row) => row.role === "owner").length;
  const mayAdd = owns || me?.role === "collaborator";
  return (
    <>
      {mayAdd && <AddPeople projectId={project.project_id} people={rows} />}
      {error && <Notice kind="danger">{error.message}</Notice>}
      {!loaded && <Skeleton lines={2} label="Loading the people" />}
      <ul className="collaborators" aria-label="People in this project">
        {rows.map((row) => (
          <CollaboratorItem
            key={row.account_id}
            row={row}
            me={me}
            owns={owns}
            isLastOwner={row.role === "owner" && owners === 1}
            onLeft={onClose}
          />
        ))}
      </ul>
      <Invitations projectId={project.project_id} mayInvite={mayAdd} />
    </>
  );
}

interface ItemProps {
  row: CollaboratorRow;
  me: CollaboratorRow | undefined;
  owns: boolean;
  /** A project keeps one: they make somebody else an owner before they hand it over or leave. */
  isLastOwner: boolean;
  onLeft(): void;
}

function CollaboratorItem({ row, me, owns, isLastOwner, onLeft }: ItemProps) {
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
      {owns && !isLastOwner ? (
        <Select
          label={`Role of ${name}`}
          hideLabel
          value={row.role}
          choices={ROLES}
          onChange={(role) => changeRole(store, row.project_id, row.account_id, role).catch(() => {})}
        />
      ) : (
        <span className="secondary">{roleWords(row.role)}</span>
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
