import { Ellipsis, Eye, EyeOff, FolderOpen, Pencil, Play, Square, Star, Text } from "lucide-react";
import { markProject, requestAction } from "../../store/queries";
import { useTables } from "../../store/use-table";
import { IconButton } from "../../ui/IconButton";
import { MenuButton, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Link, navigate } from "../navigation";
import { projectUrl } from "../routes";
import { ago, exactly, stateWords } from "../words";
import type { ListedProject } from "./project-order";

interface ProjectItemProps {
  row: ListedProject;
  accountId: string;
  onRename(): void;
  onDescribe(): void;
}

/** One line of the list of projects. */
export function ProjectItem({ row, accountId, onRename, onDescribe }: ProjectItemProps) {
  const store = useTables();
  const edited = Date.parse(row.last_edited_at);
  const running = row.state?.status === "running" || row.state?.status === "starting";
  const act = (action: "start" | "stop") => {
    requestAction(store, row.project_id, action).catch(() => {});
  };
  const mark = (marks: { starred: boolean } | { hidden: boolean }) => {
    markProject(store, { account_id: accountId, project_id: row.project_id, ...marks }).catch(() => {});
  };
  return (
    <li className="project-item">
      <IconButton
        className="project-star"
        label={row.starred ? `Remove the star of ${row.title}` : `Star ${row.title}`}
        aria-pressed={row.starred}
        onPress={() => mark({ starred: !row.starred })}
      >
        <Star aria-hidden />
      </IconButton>
      <Link className="project-link" href={projectUrl(row.project_id)}>
        <span className="project-title truncate">{row.title}</span>
        {row.description && <span className="secondary truncate">{row.description}</span>}
      </Link>
      <span className="project-state secondary">
        <span className={`state-dot ${row.state?.status ?? "stopped"}`} aria-hidden />
        {stateWords(row.state)}
      </span>
      <time className="secondary project-time" dateTime={row.last_edited_at} title={exactly(edited)}>
        {ago(edited, Date.now())}
      </time>
      <MenuButton
        label={`Actions for ${row.title}`}
        button={
          <IconButton className="project-menu" label={`Actions for ${row.title}`}>
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        <MenuItem id="open" icon={FolderOpen} onAction={() => navigate(projectUrl(row.project_id))}>
          Open
        </MenuItem>
        <MenuItem id="rename" icon={Pencil} onAction={onRename}>
          Rename
        </MenuItem>
        <MenuItem id="describe" icon={Text} onAction={onDescribe}>
          Change description
        </MenuItem>
        <MenuSeparator />
        <MenuItem id="hide" icon={row.hidden ? Eye : EyeOff} onAction={() => mark({ hidden: !row.hidden })}>
          {row.hidden ? "Show in my list again" : "Hide from my list"}
        </MenuItem>
        <MenuSeparator />
        {running ? (
          <MenuItem key="stop" id="stop" icon={Square} onAction={() => act("stop")}>
            Stop project
          </MenuItem>
        ) : (
          <MenuItem key="start" id="start" icon={Play} onAction={() => act("start")}>
            Start project
          </MenuItem>
        )}
      </MenuButton>
    </li>
  );
}
