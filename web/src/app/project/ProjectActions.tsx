import {
  Archive,
  ArchiveRestore,
  Bell,
  BellOff,
  ChevronDown,
  CopyPlus,
  LogOut,
  MoonStar,
  Pencil,
  RotateCw,
  Square,
  Tags,
  Trash2,
  UserPlus,
} from "lucide-react";
import { type ComponentType, Fragment, useState } from "react";
import { useCommands, useKeyOf } from "../../commands/react";
import type { Command } from "../../commands/registry";
import { type ProjectRow, requestAction } from "../../store/queries";
import { useTables } from "../../store/use-table";
import { IconButton } from "../../ui/IconButton";
import { MenuButton, MenuItem, MenuSeparator } from "../../ui/Menu";
import { navigate } from "../navigation";
import { ProjectDetailsDialog } from "../ProjectDetailsDialog";
import { DeleteProjectDialog, RenameProjectDialog } from "../ProjectDialogs";
import { archiveProject, copyProject, deleteProject, unarchiveProject } from "../project-acts";
import { type ProjectCommandId, projectCommandNames } from "./command-names";
import { useProject } from "./context";
import { IdleDialog } from "./IdleDialog";
import { useMute } from "./mute";
import { useRights } from "./rights";

interface Act {
  id: ProjectCommandId;
  icon: ComponentType<{ "aria-hidden"?: boolean }>;
  may: boolean;
  run(): void;
}

/** The menu and the commands for the project as a whole; what the server would refuse is not there. */
export function ProjectActions({ project, onShare }: { project: ProjectRow; onShare(): void }) {
  const { info } = useProject();
  const store = useTables();
  const { owns, edits } = useRights(project, info);
  const [asked, setAsked] = useState<"rename" | "details" | "idle" | "delete" | null>(null);
  const shareKey = useKeyOf("project.share");
  const mute = useMute(project);
  const running = project.state?.status === "running";
  const keep = (act: typeof archiveProject) => () => void act(store, project).catch(() => {});
  const request = (action: "stop" | "restart") => () => {
    requestAction(store, project.project_id, action).catch(() => {});
  };
  const remove = () => {
    if (running) setAsked("delete");
    else
      deleteProject(store, project)
        .then(() => navigate("/"))
        .catch(() => {});
  };
  const groups: Act[][] = [
    [
      { id: "project.rename", icon: Pencil, may: edits, run: () => setAsked("rename") },
      { id: "project.details", icon: Tags, may: edits, run: () => setAsked("details") },
      { id: "project.share", icon: UserPlus, may: true, run: onShare },
      { id: "project.mute", icon: BellOff, may: !mute.muted, run: mute.toggle },
      { id: "project.unmute", icon: Bell, may: mute.muted, run: mute.toggle },
      { id: "project.duplicate", icon: CopyPlus, may: true, run: () => void copyProject(store, project) },
    ],
    [
      { id: "project.restart", icon: RotateCw, may: edits && running, run: request("restart") },
      { id: "project.stop", icon: Square, may: edits && running, run: request("stop") },
      { id: "project.idle-time", icon: MoonStar, may: true, run: () => setAsked("idle") },
    ],
    [
      { id: "project.archive", icon: Archive, may: owns && !project.archived, run: keep(archiveProject) },
      { id: "project.unarchive", icon: ArchiveRestore, may: owns && project.archived, run: keep(unarchiveProject) },
      { id: "project.leave", icon: LogOut, may: true, run: onShare },
      { id: "project.delete", icon: Trash2, may: owns, run: remove },
    ],
  ];
  useCommands(groups.flat().map(({ id, may, run }): Command => ({ ...named(id), when: () => may, run })));
  const shown = groups.map((acts) => acts.filter((act) => act.may)).filter((acts) => acts.length > 0);
  return (
    <>
      <MenuButton
        label="Project"
        button={
          <IconButton label="Project actions">
            <ChevronDown aria-hidden />
          </IconButton>
        }
      >
        {shown.map((acts, index) => (
          <Fragment key={acts[0]?.id}>
            {index > 0 && <MenuSeparator />}
            {acts.map(({ id, icon, run }) => (
              <MenuItem
                key={id}
                id={id}
                icon={icon}
                shortcut={id === "project.share" ? shareKey : ""}
                danger={id === "project.delete"}
                onAction={run}
              >
                {named(id).title}
              </MenuItem>
            ))}
          </Fragment>
        ))}
      </MenuButton>
      <RenameProjectDialog project={asked === "rename" ? project : null} onClose={() => setAsked(null)} />
      <ProjectDetailsDialog project={asked === "details" ? project : null} onClose={() => setAsked(null)} />
      <IdleDialog project={project} isOpen={asked === "idle"} onClose={() => setAsked(null)} />
      <DeleteProjectDialog project={asked === "delete" ? project : null} onClose={() => setAsked(null)} />
    </>
  );
}

function named(id: ProjectCommandId) {
  const found = projectCommandNames.find((command) => command.id === id);
  if (!found) throw new Error(`no command is called ${id}`);
  return found;
}
