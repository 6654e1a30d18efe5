import { Bell, BellOff, ChevronDown, LogOut, Pencil, RotateCw, Square, UserPlus } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { commands } from "../../commands/commands";
import { ariaKey } from "../../commands/keys";
import { useCommands, useKeyOf } from "../../commands/react";
import type { ProjectRow } from "../../store/queries";
import { useObservable } from "../../store/react";
import { peopleHere } from "../../store/workspace";
import { Avatar } from "../../ui/Avatar";
import { IconButton } from "../../ui/IconButton";
import { MenuButton, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Link } from "../navigation";
import { RenameProjectDialog } from "../ProjectDialogs";
import { TopBar } from "../TopBar";
import { useProject } from "./context";
import { useMute } from "./mute";
import { ShareDialog } from "./ShareDialog";

/** Faces beyond this many are a number. */
const MAX_FACES = 4;

export function ProjectTopBar({ project }: { project: ProjectRow | null }) {
  const { info, title } = useProject();
  const [renaming, setRenaming] = useState(false);
  const [sharing, setSharing] = useState(false);
  const shareKey = useKeyOf("project.share");
  const mute = useMute(project);
  useCommands([
    {
      id: "project.share",
      title: "Share",
      section: "Project",
      keys: ["Alt-s"],
      when: () => !!project,
      run: () => setSharing(true),
    },
    {
      id: "project.rename",
      title: "Rename project",
      section: "Project",
      when: () => !!project,
      run: () => setRenaming(true),
    },
  ]);
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
      {project && (
        <MenuButton
          label="Project"
          button={
            <IconButton label="Project actions">
              <ChevronDown aria-hidden />
            </IconButton>
          }
        >
          <MenuItem id="rename" icon={Pencil} onAction={() => setRenaming(true)}>
            Rename project
          </MenuItem>
          <MenuItem id="share" icon={UserPlus} shortcut={shareKey} onAction={() => setSharing(true)}>
            Share
          </MenuItem>
          <MenuItem id="mute" icon={mute.muted ? Bell : BellOff} onAction={mute.toggle}>
            {mute.muted ? "Tell me of this project again" : "Mute this project"}
          </MenuItem>
          <MenuSeparator />
          <MenuItem id="restart" icon={RotateCw} onAction={() => commands.run("project.restart")}>
            Restart project
          </MenuItem>
          <MenuItem id="stop" icon={Square} onAction={() => commands.run("project.stop")}>
            Stop project
          </MenuItem>
          <MenuSeparator />
          <MenuItem id="leave" icon={LogOut} onAction={() => setSharing(true)}>
            Leave project
          </MenuItem>
        </MenuButton>
      )}
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
      {project && (
        <>
          <RenameProjectDialog project={renaming ? project : null} onClose={() => setRenaming(false)} />
          <ShareDialog project={project} isOpen={sharing} onClose={() => setSharing(false)} />
        </>
      )}
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
            <Avatar name={person.name} colour={person.colour} />
          </IconButton>
        </li>
      ))}
      {people.length > MAX_FACES && <li className="secondary numbers">+{people.length - MAX_FACES}</li>}
    </ul>
  );
}
