import { type FormEvent, useEffect, useRef, useState } from "react";
import { Form } from "react-aria-components";
import { ApiError, sentence } from "../../net/api";
import type { ProjectInvitation, Role } from "../../protocol/generated";
import { inviteToProject } from "../../store/invitations";
import { addCollaborator, type CollaboratorRow, PEOPLE_I_KNOW } from "../../store/queries";
import { didFirstStep } from "../../store/settings";
import { useTables } from "../../store/use-table";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { SecretLink } from "../../ui/SecretLink";
import { Select } from "../../ui/Select";
import { SuggestField, type Suggestion } from "../../ui/SuggestField";
import { faceOf } from "../faces";
import { exactly, fullName } from "../words";
import { GIVEN_ROLES } from "./roles";

const MAX_SUGGESTIONS = 6;

interface AddPeopleProps {
  projectId: string;
  /** Who is in it already, and is not offered. */
  people: readonly CollaboratorRow[];
}

/** Adds somebody by name or address; an address without an account is invited. */
export function AddPeople({ projectId, people }: AddPeopleProps) {
  const store = useTables();
  const known = usePeopleIKnow();
  const [text, setText] = useState("");
  const [role, setRole] = useState<Role>("collaborator");
  const [problem, setProblem] = useState<string>();
  const [invited, setInvited] = useState<{ address: string; made: ProjectInvitation } | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const add = async (address: string) => {
    try {
      await addCollaborator(store, projectId, address, role);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "not_found")) throw error;
      const made = await inviteToProject({ project_id: projectId, email_address: address, role });
      setInvited({ address, made });
    }
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const address = addressOf(text, known);
    if (!address) {
      setProblem("Type the name of somebody with whom you share a project, or any e-mail address.");
      return;
    }
    setBusy(true);
    setProblem(undefined);
    setInvited(null);
    try {
      await add(address);
      didFirstStep("share");
      setText("");
      field.current?.focus();
    } catch (reason) {
      setProblem(sentence(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Form className="add-form" onSubmit={submit} validationBehavior="aria">
        <SuggestField
          ref={field}
          label="Name or e-mail"
          value={text}
          suggestions={suggest(text, known, people)}
          onChange={(value) => {
            setText(value);
            setProblem(undefined);
          }}
          {...(problem ? { error: problem } : {})}
          autoFocus
        />
        <Select<Role> label="Role" value={role} choices={GIVEN_ROLES} onChange={setRole} />
        <Button type="submit" look="primary" isPending={busy}>
          Add
        </Button>
      </Form>
      {invited && (
        <SecretLink text={invited.made.link}>
          {invited.address} has no account here yet, so an invitation waits for them
          {invited.made.expires_at && ` until ${exactly(Date.parse(invited.made.expires_at))}`}.{" "}
          {invited.made.mailed
            ? "It was sent to them; you can give them this link as well: it"
            : "Send them this link: it"}{" "}
          works once, and is shown only now.
        </SecretLink>
      )}
    </>
  );
}

/** Everybody with whom I share a project, each once; read when the dialog opens. */
function usePeopleIKnow(): readonly CollaboratorRow[] {
  const store = useTables();
  const [people, setPeople] = useState<readonly CollaboratorRow[]>([]);
  useEffect(() => {
    let wanted = true;
    store
      .read(PEOPLE_I_KNOW)
      .then((rows) => {
        if (wanted) setPeople([...new Map(rows.map((row) => [row.account_id, row])).values()]);
      })
      .catch(() => {}); // without them one types addresses
    return () => {
      wanted = false;
    };
  }, [store]);
  return people;
}

function suggest(
  text: string,
  known: readonly CollaboratorRow[],
  people: readonly CollaboratorRow[],
): readonly Suggestion[] {
  const wanted = text.trim().toLocaleLowerCase();
  if (!wanted) return [];
  const inside = new Set(people.map((row) => row.account_id));
  return known
    .filter((row) => !inside.has(row.account_id))
    .filter((row) => `${fullName(row)} ${row.email_address}`.toLocaleLowerCase().includes(wanted))
    .filter((row) => row.email_address.toLocaleLowerCase() !== wanted)
    .slice(0, MAX_SUGGESTIONS)
    .map((row) => ({
      id: row.account_id,
      text: row.email_address,
      shown: (
        <>
          <Avatar {...faceOf(row)} size="small" />
          <span className="grow truncate">{fullName(row)}</span>
          <span className="secondary truncate">{row.email_address}</span>
        </>
      ),
    }));
}

/** The address that is meant: as typed, or that of the one person with the name. */
function addressOf(text: string, known: readonly CollaboratorRow[]): string {
  const typed = text.trim();
  if (typed.includes("@")) return typed;
  const named = known.filter((row) => fullName(row).toLocaleLowerCase() === typed.toLocaleLowerCase());
  return named.length === 1 ? (named[0]?.email_address ?? "") : "";
}
