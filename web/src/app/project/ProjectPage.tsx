import { useEffect, useRef, useState } from "react";
import type { SessionInfo } from "../../protocol/generated";
import { MY_PROJECTS, type ProjectRow, requestAction } from "../../store/queries";
import { useTable, useTables } from "../../store/use-table";
import { Skeleton } from "../../ui/Skeleton";
import { ConnectionBar } from "../ConnectionBar";
import { DeletedProject } from "../pages/DeletedProject";
import { NoProject } from "../pages/Messages";
import type { Route } from "../routes";
import { TopBar } from "../TopBar";
import { Frame } from "./Frame";
import { useMayEdit } from "./rights";
import { Starting } from "./Starting";

export type ProjectRoute = Extract<Route, { page: "project" }>;

export function ProjectPage({ info, route }: { info: SessionInfo; route: ProjectRoute }) {
  if (info.mode === "single") return <Frame info={info} route={route} title={info.site.name} project={null} mayEdit />;
  return <SharedProject info={info} route={route} />;
}

function SharedProject({ info, route }: { info: SessionInfo; route: ProjectRoute }) {
  const { rows, loaded } = useTable(MY_PROJECTS);
  const project = rows.find((row) => row.project_id === route.projectId);
  const seen = useRef<ProjectRow | null>(null);
  if (project) seen.current = project;
  const started = useStart(project);
  // Once it has run, the frame stays: what one has typed is never taken off the screen because a server went away.
  const [ran, setRan] = useState(false);
  const running = project?.state?.status === "running";
  useEffect(() => {
    if (running) setRan(true);
  }, [running]);

  if (!project) {
    if (loaded) return <NoProject info={info} projectId={route.projectId} removed={seen.current !== null} />;
    return (
      <>
        <TopBar info={info} />
        <ConnectionBar />
        <Skeleton label="Opening the project" />
      </>
    );
  }
  if (project.deleted_at !== null && !ran) return <DeletedProject info={info} project={project} />;
  if (!running && !ran) return <Starting info={info} project={project} onStart={started} />;
  return <SharedFrame info={info} route={route} project={project} />;
}

function SharedFrame({ info, route, project }: { info: SessionInfo; route: ProjectRoute; project: ProjectRow }) {
  const mayEdit = useMayEdit(project, info);
  return <Frame info={info} route={route} title={project.title} project={project} mayEdit={mayEdit} />;
}

/** Asks for a start when a stopped project is opened; answers a function that asks again. */
function useStart(project: ProjectRow | undefined): () => void {
  const store = useTables();
  const asked = useRef(false);
  const projectId = project?.project_id;
  const status = project && (project.state?.status ?? "stopped");
  const deleted = project !== undefined && project.deleted_at !== null;
  const start = () => {
    if (projectId) requestAction(store, projectId, "start").catch(() => {});
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each opening, when the state is known
  useEffect(() => {
    // Whoever stops a project that is open here means it: it is not started again by itself.
    if (status === "running" || status === "starting") asked.current = true;
    if (status !== "stopped" || asked.current || deleted) return;
    asked.current = true;
    start();
  }, [status, deleted]);
  return start;
}
