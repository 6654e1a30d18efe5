import { UserPlus } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { ariaKey } from "../../commands/keys";
import { useKeyOf } from "../../commands/react";
import type { ProjectRow } from "../../store/queries";
import { useObservable } from "../../store/react";
import { peopleHere } from "../../store/workspace";
import { Avatar } from "../../ui/Avatar";
import { IconButton } from "../../ui/IconButton";
import { faceOfPresence } from "../faces";
import { Link } from "../navigation";
import { TopBar } from "../TopBar";
import { useProject } from "./context";
import { ProjectActions } from "./ProjectActions";
import { ShareDialog } from "./ShareDialog";

/** Faces beyond this many are a number. */
const MAX_FACES = 4;

export function ProjectTopBar({ project }: { project: ProjectRow | null }) {
  const { info, title } = useProject();
  const [sharing, setSharing] = useState(false);
  const shareKey = useKeyOf("project.share");
  const place = (
    <>
      {project && (
        <>
          <Link href="/" className="crumb">
            Projects
          </Link>
          <span className="crumb-line" aria-hidden>
            /
          </span>
        </>
      )}
      <h1 className="project-name truncate" title={title}>
        {title}
      </h1>
      {project && <ProjectActions project={project} onShare={() => setSharing(true)} />}
    </>
  );
  const acts = (
    <>
      <Faces />
      {project && (
        <AriaButton
          className="button primary share-button"
          aria-keyshortcuts={ariaKey(shareKey)}
          onPress={() => setSharing(true)}
        >
          <UserPlus aria-hidden />
          <span>Share</span>
        </AriaButton>
      )}
    </>
  );
  return (
    <>
      <TopBar info={info} place={place} acts={acts} />
      {project && <ShareDialog project={project} isOpen={sharing} onClose={() => setSharing(false)} />}
    </>
  );
}

/** Everybody else who has a file of this project open; a click goes to where they are. */
function Faces() {
  const { info, files, workspace, goToPerson } = useProject();
  const inProject = useObservable(files.people);
  const people = peopleHere(useObservable(workspace.statuses), info.account?.account_id ?? "", inProject);
  if (people.length === 0) return null;
  return (
    <ul className="faces" aria-label="People here">
      {people.slice(0, MAX_FACES).map((person) => (
        <li key={person.accountId}>
          <IconButton label={`${person.name}, in ${person.path}`} onPress={() => goToPerson(person)} className="face">
            <Avatar {...faceOfPresence(person)} />
          </IconButton>
        </li>
      ))}
      {people.length > MAX_FACES && <li className="secondary numbers">+{people.length - MAX_FACES}</li>}
    </ul>
  );
}
