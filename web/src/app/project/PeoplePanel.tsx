import type { ProjectRow } from "../../store/queries";
import { useObservable } from "../../store/react";
import { peopleHere } from "../../store/workspace";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { faceOf, faceOfPresence } from "../faces";
import { fullName } from "../words";
import { useProject } from "./context";
import { PanelHead } from "./PanelHead";

/** Who is here now and in which file. */
export function PeoplePanel({ project }: { project: ProjectRow | null }) {
  const { info, files, workspace, goToPerson } = useProject();
  const statuses = useObservable(workspace.statuses);
  const people = peopleHere(statuses, info.account?.account_id ?? "", useObservable(files.people));
  return (
    <aside className="right-panel" aria-label="People panel">
      <PanelHead title="People here" close="Close the people panel" onClose={() => workspace.rightPanel.set(null)} />
      <ul className="people">
        {info.account && (
          <li className="person">
            <Avatar {...faceOf(info.account)} />
            <span className="grow truncate">{fullName(info.account)}</span>
            <span className="secondary">you</span>
          </li>
        )}
        {people.map((person) => {
          const status = statuses.get(person.path);
          const following = status?.following === person.accountId;
          const follow = () => {
            if (!following) goToPerson(person);
            status?.follow?.(following ? null : person.accountId);
          };
          return (
            <li key={person.accountId} className="person">
              <Avatar {...faceOfPresence(person)} />
              <div className="person-name">
                <span className="truncate">{person.name}</span>
                <span className="secondary truncate" title={person.path}>
                  {following ? "Followed until you type" : `in ${person.path.slice(person.path.lastIndexOf("/") + 1)}`}
                </span>
              </div>
              <Button look="plain" aria-label={`Go to ${person.name}`} onPress={() => goToPerson(person)}>
                Go to
              </Button>
              {status?.follow && (
                <Button
                  look="plain"
                  aria-label={following ? `Stop following ${person.name}` : `Follow ${person.name}`}
                  onPress={follow}
                >
                  {following ? "Stop" : "Follow"}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {people.length === 0 && (
        <p className="tree-note">
          {project
            ? "Nobody else has a file of this project open. People whom you share it with appear here."
            : "This folder is open for you alone."}
        </p>
      )}
    </aside>
  );
}
