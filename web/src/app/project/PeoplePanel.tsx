import { X } from "lucide-react";
import type { ProjectRow } from "../../store/queries";
import { useObservable } from "../../store/react";
import { peopleHere } from "../../store/workspace";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { fullName } from "../words";
import { useProject } from "./context";

/** Who is here now and in which file. */
export function PeoplePanel({ project }: { project: ProjectRow | null }) {
  const { info, workspace, open } = useProject();
  const people = peopleHere(useObservable(workspace.statuses), info.account?.account_id ?? "");
  return (
    <aside className="right-panel" aria-label="People panel">
      <div className="panel-head">
        <h2 className="panel-title">People here</h2>
        <IconButton label="Close the people panel" onPress={() => workspace.rightPanel.set(false)}>
          <X aria-hidden />
        </IconButton>
      </div>
      <ul className="people">
        {info.account && (
          <li className="person">
            <Avatar name={fullName(info.account)} colour={info.account.colour} />
            <span className="grow truncate">{fullName(info.account)}</span>
            <span className="secondary">you</span>
          </li>
        )}
        {people.map((person) => (
          <li key={person.accountId} className="person">
            <Avatar name={person.name} colour={person.colour} />
            <span className="grow truncate">{person.name}</span>
            <Button look="plain" onPress={() => open(person.path)}>
              Go to {person.path.slice(person.path.lastIndexOf("/") + 1)}
            </Button>
          </li>
        ))}
      </ul>
      {people.length === 0 && (
        <p className="tree-note">
          {project
            ? "Nobody else has one of your open files open. People whom you share the project with appear here."
            : "This folder is open for you alone."}
        </p>
      )}
    </aside>
  );
}
