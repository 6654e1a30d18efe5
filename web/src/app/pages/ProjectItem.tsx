import {
  Archive,
  ArchiveRestore,
  CopyPlus,
  Ellipsis,
  Eye,
  EyeOff,
  FolderOpen,
  Pencil,
  Play,
  RotateCcw,
  Square,
  Star,
  Tags,
  Trash2,
} from "lucide-react";
import { memo } from "react";
import { markProject, requestAction } from "../../store/queries";
import { useTables } from "../../store/use-table";
import { personStyle } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { MenuButton, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Link, navigate } from "../navigation";
import { archiveProject, copyProject, keptFor, restoreProject, unarchiveProject } from "../project-acts";
import { projectUrl } from "../routes";
import { ago, exactly, stateWords } from "../words";
import { type ListedProject, rightsIn } from "./project-order";

const MAX_SHOWN_TAGS = 3;

interface ProjectItemProps {
  row: ListedProject;
  accountId: string;
  acts: ProjectItemActs;
}

/** What the page does for its lines; the same object for as long as the page is shown. */
export interface ProjectItemActs {
  rename(row: ListedProject): void;
  details(row: ListedProject): void;
  remove(row: ListedProject): void;
  showTag(tag: string): void;
}

/** One line of the list of projects; drawn again when its project has changed. */
export const ProjectItem = memo(function ProjectItem({ row, accountId, acts }: ProjectItemProps) {
  const edited = Date.parse(row.last_edited_at);
  return (
    <li className="project-item">
      <StarButton row={row} accountId={accountId} />
      <Link
        className={`project-link ${row.colour === null ? "" : "coloured"}`}
        style={row.colour === null ? undefined : personStyle(row.colour)}
        href={projectUrl(row.project_id)}
      >
        <span className="project-title truncate">{row.title}</span>
        {row.description && <span className="secondary truncate">{row.description}</span>}
      </Link>
      {row.tags.length > 0 && (
        <span className="project-tags">
          {row.tags.slice(0, MAX_SHOWN_TAGS).map((tag) => (
            <Button
              key={tag}
              look="chip"
              aria-label={`Show projects with the tag ${tag}`}
              onPress={() => acts.showTag(tag)}
            >
              {tag}
            </Button>
          ))}
          {row.tags.length > MAX_SHOWN_TAGS && (
            <span className="secondary" title={row.tags.slice(MAX_SHOWN_TAGS).join(", ")}>
              +{row.tags.length - MAX_SHOWN_TAGS}
            </span>
          )}
        </span>
      )}
      <span className="project-state secondary">
        {row.archived ? (
          "Archived"
        ) : (
          <>
            <span className={`state-dot ${row.state?.status ?? "stopped"}`} aria-hidden />
            {stateWords(row.state)}
          </>
        )}
      </span>
      <time className="secondary project-time" dateTime={row.last_edited_at} title={exactly(edited)}>
        {ago(edited, Date.now())}
      </time>
      <ProjectMenu row={row} accountId={accountId} acts={acts} />
    </li>
  );
});

function StarButton({ row, accountId }: Pick<ProjectItemProps, "row" | "accountId">) {
  const store = useTables();
  const mark = { account_id: accountId, project_id: row.project_id, starred: !row.starred };
  return (
    <IconButton
      className="project-star"
      label={row.starred ? `Remove the star of ${row.title}` : `Star ${row.title}`}
      aria-pressed={row.starred}
      onPress={() => void markProject(store, mark).catch(() => {})}
    >
      <Star aria-hidden />
    </IconButton>
  );
}

/** What one may do with a project; what the server would refuse is not there. */
function ProjectMenu({ row, accountId, acts }: ProjectItemProps) {
  const store = useTables();
  const { owns, edits } = rightsIn(row, row.role);
  const running = row.state?.status === "running" || row.state?.status === "starting";
  const act = (action: "start" | "stop") => void requestAction(store, row.project_id, action).catch(() => {});
  const hide = () => {
    markProject(store, { account_id: accountId, project_id: row.project_id, hidden: !row.hidden }).catch(() => {});
  };
  return (
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
      {edits && (
        <>
          <MenuItem id="rename" icon={Pencil} onAction={() => acts.rename(row)}>
            Rename
          </MenuItem>
          <MenuItem id="details" icon={Tags} onAction={() => acts.details(row)}>
            Change details
          </MenuItem>
        </>
      )}
      <MenuItem id="duplicate" icon={CopyPlus} onAction={() => void copyProject(store, row)}>
        Duplicate
      </MenuItem>
      <MenuSeparator />
      {!running && (
        <MenuItem id="start" icon={Play} onAction={() => act("start")}>
          Start project
        </MenuItem>
      )}
      {running && edits && (
        <MenuItem id="stop" icon={Square} onAction={() => act("stop")}>
          Stop project
        </MenuItem>
      )}
      <MenuItem id="hide" icon={row.hidden ? Eye : EyeOff} onAction={hide}>
        {row.hidden ? "Show in my list again" : "Hide from my list"}
      </MenuItem>
      {owns && !row.archived && (
        <MenuItem id="archive" icon={Archive} onAction={() => void archiveProject(store, row).catch(() => {})}>
          Archive
        </MenuItem>
      )}
      {owns && row.archived && (
        <MenuItem
          id="unarchive"
          icon={ArchiveRestore}
          onAction={() => void unarchiveProject(store, row).catch(() => {})}
        >
          Take out of the archive
        </MenuItem>
      )}
      {owns && (
        <MenuItem id="delete" icon={Trash2} danger onAction={() => acts.remove(row)}>
          Delete project
        </MenuItem>
      )}
    </MenuButton>
  );
}

/** A project that was deleted and is still kept. */
export function DeletedItem({ row }: { row: ListedProject }) {
  const store = useTables();
  const deleted = Date.parse(row.deleted_at ?? "");
  return (
    <li className="project-item deleted">
      <span className="project-link">
        <span className="project-title truncate">{row.title}</span>
        <span className="secondary">
          Deleted <time title={exactly(deleted)}>{ago(deleted, Date.now())}</time>,{" "}
          {keptFor(row.deleted_at ?? "", Date.now())}
        </span>
      </span>
      {rightsIn(row, row.role).owns ? (
        <Button aria-label={`Restore ${row.title}`} onPress={() => void restoreProject(store, row).catch(() => {})}>
          <RotateCcw aria-hidden />
          Restore
        </Button>
      ) : (
        <span className="secondary">An owner can restore it</span>
      )}
    </li>
  );
}
