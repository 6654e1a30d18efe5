import { useCallback, useEffect, useMemo } from "react";
import type { SessionInfo } from "../../protocol/generated";
import { entered, MAX_GROUPS, split } from "../../store/groups";
import { ProjectFiles } from "../../store/project-files";
import type { ProjectRow } from "../../store/queries";
import { useObservable } from "../../store/react";
import { useResource } from "../../store/resource";
import { Workspace } from "../../store/workspace";
import { followPrinting } from "../../ui/printing";
import { toast } from "../../ui/toast-queue";
import { PHONE, useMedia } from "../../ui/use-media";
import { ConnectionBar, LostBar } from "../ConnectionBar";
import { FileCommands } from "../files/FileCommands";
import { FileDialogs } from "../files/FileDialogs";
import { FilesSlot } from "../files/FilesSlot";
import { FileManager } from "../files/file-manager";
import { JobsStrip } from "../files/JobsStrip";
import { UploadClashDialog } from "../files/UploadClashDialog";
import { FindCommands } from "../find/FindCommands";
import { FindSlot } from "../find/FindSlot";
import { FindSession } from "../find/session";
import { navigate } from "../navigation";
import { type FilesPlace, fileUrl, folderUrl, NEWEST, parseRoute, projectUrl } from "../routes";
import { useTitle } from "../use-title";
import { afterDrawing } from "./after-drawing";
import { ProjectContext, type ProjectContextValue, type ShownHistory } from "./context";
import { Editors } from "./Editors";
import { Exporting } from "./Exporting";
import { useFirstSteps } from "./FirstStepsPanel";
import { FileActs } from "./file-acts";
import { FileUse } from "./file-use";
import { HistorySlot } from "./HistorySlot";
import { IdleBar } from "./IdleBar";
import { useKeptWorkspace } from "./kept-workspace";
import { ProjectCommands } from "./ProjectCommands";
import type { ProjectRoute } from "./ProjectPage";
import { ProjectTopBar } from "./ProjectTopBar";
import { Rail } from "./Rail";
import { RightPanel } from "./RightPanel";
import { SidePanel } from "./SidePanel";
import { StateBar } from "./StateBar";
import { StatusBar } from "./StatusBar";

/** What the list shows where no URL says what. */
const HOME: FilesPlace = { view: "folder", folder: "" };

interface FrameProps {
  info: SessionInfo;
  route: ProjectRoute;
  title: string;
  /** Null in single mode, which has no life cycle and nobody to share with. */
  project: ProjectRow | null;
  mayEdit: boolean;
}

/** The frame of an open project: everything around the documents. */
export function Frame(props: FrameProps) {
  const { projectId } = props.route;
  const files = useResource(projectId, () => new ProjectFiles(projectId, { onNotPermitted: () => {} }));
  const find = useResource(projectId, () => new FindSession(projectId));
  const workspace = useMemo(() => new Workspace(projectId), [projectId]);
  if (!files || !find) return null;
  return <OpenFrame {...props} files={files} find={find} workspace={workspace} />;
}

function OpenFrame({
  info,
  route,
  title,
  project,
  mayEdit,
  files,
  find,
  workspace,
}: FrameProps & { files: ProjectFiles; find: FindSession; workspace: Workspace }) {
  const { projectId } = route;
  const history = historyOf(route);
  const path = history?.deleted ? null : (route.path ?? null);
  useTitle(path ? `${path.slice(path.lastIndexOf("/") + 1)} – ${title}` : title);
  const goTo = useCallback(
    (next: string | null) =>
      navigate(next === null ? projectUrl(projectId) : fileUrl(projectId, next), { replace: true }),
    [projectId],
  );
  const named = "files" in route ? route.files : null;
  const acts = useMemo(() => {
    return new FileActs(files, workspace, {
      open: (next) => navigate(fileUrl(projectId, next)),
      leave: (tab) => {
        const wasActive = workspace.active === tab && showsFile();
        const next = workspace.closeTab(tab);
        if (wasActive) goTo(next);
      },
      // With what follows it: whoever looks at an earlier version goes on doing so.
      renamed: () =>
        workspace.active !== null &&
        showsFile() &&
        navigate(fileUrl(projectId, workspace.active) + location.search, { replace: true }),
    });
  }, [files, workspace, projectId, goTo]);
  const manager = useMemo(() => new FileManager(acts), [acts]);

  const onDeleted = history?.deleted ?? false;
  // The URL says which file is shown. One that names none goes on where the person was.
  useEffect(() => {
    if (path !== null) {
      workspace.show(path);
      files.reveal(path);
    } else if (workspace.active !== null && !onDeleted && named === null) {
      navigate(fileUrl(projectId, workspace.active), { replace: true });
    }
  }, [path, onDeleted, named, projectId, workspace, files]);

  useEffect(followPrinting, []);
  useKeptWorkspace(workspace, projectId, info.account?.account_id);
  const sideOpen = useObservable(workspace.sidePanel);
  const phone = useMedia(PHONE);
  const sideView = useObservable(workspace.sideView);
  const rightOpen = useObservable(workspace.rightPanel);
  const value: ProjectContextValue = {
    info,
    projectId,
    title,
    mayEdit,
    files,
    workspace,
    acts,
    find,
    manager,
    path,
    ...("line" in route && route.line ? { line: route.line } : {}),
    shownFiles: named ?? (path === null && history === null ? HOME : null),
    history,
    open: (next, line) => navigate(fileUrl(projectId, next, line)),
    goToFolder: (folder) => navigate(folderUrl(projectId, folder)),
    close: (tab, group) => {
      const shown = workspace.active;
      const next = workspace.closeTab(tab, group ?? workspace.groups.get().current);
      if (next !== shown && showsFile()) goTo(next);
    },
    enter: (group) => {
      if (workspace.groups.get().current === group) return;
      workspace.groups.update((state) => entered(state, group));
      if (workspace.active !== path) goTo(workspace.active);
    },
    splitOff: (side, group, file) => {
      const state = workspace.groups.get();
      const next = split(state, group ?? state.current, side, file);
      if (next === null) {
        toast(`The editors' room is split into ${MAX_GROUPS} already. Close one to split again.`);
        return;
      }
      workspace.groups.set(next);
      if (workspace.active !== path) goTo(workspace.active);
    },
    goToPerson: (person) => {
      navigate(fileUrl(projectId, person.path));
      afterDrawing(() => workspace.statuses.get().get(person.path)?.showPerson?.(person.accountId));
    },
  };
  const panels = `${sideOpen ? "with-side" : ""} ${rightOpen ? "with-right" : ""} ${path || history || named ? "on-file" : "on-files"} ${sideOpen && sideView === "find" ? "on-find" : ""}`;
  return (
    <ProjectContext value={value}>
      <ProjectCommands project={project} />
      <FindCommands />
      <FileCommands />
      <FirstSteps />
      {project && <FileUse />}
      <ProjectTopBar project={project} />
      {project ? <ConnectionBar /> : <LostBar connection={files.socket.connection} />}
      {project && <StateBar project={project} />}
      {project && <IdleBar project={project} />}
      {phone && <JobsStrip />}
      <div className={`frame ${panels}`}>
        <Rail />
        {sideOpen && (sideView === "find" ? <FindSlot /> : <SidePanel />)}
        <main className="centre">
          <Editors />
          <FilesSlot />
          <HistorySlot project={project} />
        </main>
        <RightPanel project={project} />
      </div>
      {!phone && <JobsStrip />}
      <StatusBar project={project} />
      <FileDialogs />
      <UploadClashDialog />
      <Exporting />
    </ProjectContext>
  );
}

function historyOf(route: ProjectRoute): ShownHistory | null {
  const deleted = "deleted" in route;
  if (!deleted && !route.history) return null;
  return { deleted, path: route.path ?? null, place: route.history ?? NEWEST };
}

/** Is a file shown, and not a list of files? What happens to files then changes the URL. */
function showsFile(): boolean {
  const route = parseRoute(location.pathname, location.search);
  return route.page === "project" && route.path !== undefined;
}

/** Needs the project around it, and shows nothing itself. */
function FirstSteps() {
  useFirstSteps();
  return null;
}
