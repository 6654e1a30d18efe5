import { BookOpen, Ellipsis, FolderOpen, Pencil, Play, Plus, Square } from "lucide-react";
import { useState } from "react";
import { SearchField as AriaSearchField, Input } from "react-aria-components";
import { score } from "../../commands/palette";
import { useCommands } from "../../commands/react";
import type { SessionInfo } from "../../protocol/generated";
import { MY_PROJECTS, type ProjectRow, requestAction } from "../../store/queries";
import { useTable, useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { MenuButton, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Notice } from "../../ui/Notice";
import { Skeleton } from "../../ui/Skeleton";
import { ConnectionBar } from "../ConnectionBar";
import { Link, navigate } from "../navigation";
import { NewProjectDialog, RenameProjectDialog } from "../ProjectDialogs";
import { projectUrl } from "../routes";
import { TopBar } from "../TopBar";
import { useTitle } from "../use-title";
import { ago, exactly, stateWords } from "../words";

/** Under this many projects a search field is only in the way. */
const SEARCH_FROM = 7;

export function Projects({ info }: { info: SessionInfo }) {
  useTitle("Projects");
  const { rows, loaded, error } = useTable(MY_PROJECTS);
  const [search, setSearch] = useState("");
  const [creating, setCreating] = useState(false);
  const [renaming, setRenaming] = useState<ProjectRow | null>(null);
  useCommands([{ id: "project.new", title: "New project", section: "Project", run: () => setCreating(true) }]);
  const shown = rows.filter((row) => score(search, row.title) !== null);
  return (
    <>
      <TopBar info={info} />
      <ConnectionBar />
      <main className="page">
        <div className="page-head">
          <h1>Projects</h1>
          <Button look="primary" onPress={() => setCreating(true)}>
            <Plus aria-hidden />
            New project
          </Button>
        </div>
        {rows.length >= SEARCH_FROM && (
          <AriaSearchField aria-label="Search projects" value={search} onChange={setSearch}>
            <Input className="input" placeholder="Search projects" />
          </AriaSearchField>
        )}
        {error && <Notice kind="danger">{error.message}</Notice>}
        {!loaded && <Skeleton lines={6} label="Loading your projects" />}
        {loaded && !error && rows.length === 0 && (
          <div className="empty">
            <BookOpen aria-hidden />
            <h2>No projects yet</h2>
            <p>A project holds files, and the people who work on them. Make one, or ask somebody to share theirs.</p>
          </div>
        )}
        {rows.length > 0 && shown.length === 0 && <p className="secondary">No project has this in its title.</p>}
        {shown.length > 0 && (
          <ul className="project-list" aria-label="Projects">
            {shown.map((row) => (
              <ProjectItem key={row.project_id} row={row} onRename={() => setRenaming(row)} />
            ))}
          </ul>
        )}
      </main>
      <NewProjectDialog isOpen={creating} onClose={() => setCreating(false)} />
      <RenameProjectDialog project={renaming} onClose={() => setRenaming(null)} />
    </>
  );
}

function ProjectItem({ row, onRename }: { row: ProjectRow; onRename(): void }) {
  const store = useTables();
  const edited = Date.parse(row.last_edited_at);
  const running = row.state?.status === "running" || row.state?.status === "starting";
  const act = (action: "start" | "stop") => {
    requestAction(store, row.project_id, action).catch(() => {});
  };
  return (
    <li className="project-item">
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
          <IconButton label={`Actions for ${row.title}`}>
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
        <MenuSeparator />
        {running ? (
          <MenuItem id="stop" icon={Square} onAction={() => act("stop")}>
            Stop project
          </MenuItem>
        ) : (
          <MenuItem id="start" icon={Play} onAction={() => act("start")}>
            Start project
          </MenuItem>
        )}
      </MenuButton>
    </li>
  );
}
