import { BookOpen, Plus } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { SearchField as AriaSearchField, Input } from "react-aria-components";
import { useCommands } from "../../commands/react";
import type { SessionInfo } from "../../protocol/generated";
import { MY_PROJECT_MARKS, MY_PROJECTS, type ProjectRow } from "../../store/queries";
import { readStored, writeStored } from "../../store/settings";
import { useTable, useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { More, PORTION } from "../../ui/More";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { ConnectionBar } from "../ConnectionBar";
import { ProjectDetailsDialog } from "../ProjectDetailsDialog";
import { DeleteProjectDialog, NewProjectDialog, RenameProjectDialog } from "../ProjectDialogs";
import { deleteProject, KEPT_DAYS } from "../project-acts";
import { TopBar } from "../TopBar";
import { useTitle } from "../use-title";
import { DeletedItem, ProjectItem, type ProjectItemActs } from "./ProjectItem";
import { type ListedProject, listed, ORDERS, type Order, SHOWN, type Shown, withMarks } from "./project-order";

/** Under this many projects, with none starred or hidden, a search field is only in the way. */
const SEARCH_FROM = 7;
const ORDER_KEY = "studium:project-order";

export function Projects({ info }: { info: SessionInfo }) {
  useTitle("Projects");
  const projects = useTable(MY_PROJECTS);
  const marks = useTable(MY_PROJECT_MARKS);
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState<Shown>("all");
  const [order, setOrder] = useState<Order>(storedOrder);
  const [creating, setCreating] = useState(false);
  const [renaming, setRenaming] = useState<ProjectRow | null>(null);
  const [detailing, setDetailing] = useState<ProjectRow | null>(null);
  const [deleting, setDeleting] = useState<ProjectRow | null>(null);
  const store = useTables();
  useCommands([{ id: "project.new", title: "New project", section: "Project", run: () => setCreating(true) }]);
  const error = projects.error ?? marks.error;
  const loaded = projects.loaded && marks.loaded;
  const rows = useMemo(() => (loaded ? withMarks(projects.rows, marks.rows) : []), [loaded, projects.rows, marks.rows]);
  const list = useMemo(() => listed(rows, { shown, order, search }), [rows, shown, order, search]);
  const [drawn, setDrawn] = useState(PORTION);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another choice is another list, seen from its start
  useEffect(() => setDrawn(PORTION), [shown, order, search]);
  const isSorted = rows.length >= SEARCH_FROM || rows.some(isMarked) || shown !== "all";
  const acts = useMemo<ProjectItemActs>(
    () => ({
      rename: setRenaming,
      details: setDetailing,
      remove: (row) => {
        if (row.state?.status === "running") setDeleting(row);
        else deleteProject(store, row).catch(() => {});
      },
      showTag: (tag) => setSearch(`#${tag}`),
    }),
    [store],
  );
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
        {isSorted && (
          <div className="project-choice">
            <AriaSearchField aria-label="Search projects" value={search} onChange={setSearch}>
              <Input className="input" placeholder="Search projects" />
            </AriaSearchField>
            <Select<Shown> label="Show" hideLabel value={shown} choices={SHOWN} onChange={setShown} />
            <Select
              label="Sort by"
              hideLabel
              value={order}
              choices={ORDERS}
              onChange={(next) => {
                setOrder(next);
                writeStored(ORDER_KEY, next);
              }}
            />
          </div>
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
        {rows.length > 0 && list.length === 0 && <p className="secondary">{nothing(search, shown)}</p>}
        {list.length > 0 && (
          <ul className="project-list" aria-label="Projects">
            {list
              .slice(0, drawn)
              .map((row) =>
                row.deleted_at !== null ? (
                  <DeletedItem key={row.project_id} row={row} />
                ) : (
                  <ProjectItem key={row.project_id} row={row} accountId={info.account?.account_id ?? ""} acts={acts} />
                ),
              )}
          </ul>
        )}
        <More drawn={drawn} total={list.length} onMore={setDrawn} />
      </main>
      <NewProjectDialog isOpen={creating} onClose={() => setCreating(false)} />
      <RenameProjectDialog project={renaming} onClose={() => setRenaming(null)} />
      <ProjectDetailsDialog project={detailing} onClose={() => setDetailing(null)} />
      <DeleteProjectDialog project={deleting} onClose={() => setDeleting(null)} />
    </>
  );
}

/** With one of these in the list there is something to choose. */
function isMarked(row: ListedProject): boolean {
  return row.starred || row.hidden || row.archived || row.deleted_at !== null || row.tags.length > 0;
}

function storedOrder(): Order {
  const stored = readStored(ORDER_KEY);
  return ORDERS.find((order) => order.value === stored)?.value ?? "edited";
}

/** Why the list is empty, and what to do. */
function nothing(search: string, shown: Shown): string {
  if (search.trim()) return "No project has this in its title, its description or its tags.";
  if (shown === "starred") return "No project is starred. The star before a title puts it first in the list.";
  if (shown === "hidden")
    return "No project is hidden. “Hide from my list” in the menu of a project hides it for you alone.";
  if (shown === "archived")
    return "No project is archived. “Archive” in the menu of a project puts it away: it can be read, and nothing in it changes.";
  if (shown === "deleted") return `No project is deleted. Deleted ones stay here for ${KEPT_DAYS} days.`;
  return "All your projects are hidden, archived or deleted. Choose what to see beside the search.";
}
