import { createContext, useContext } from "react";
import type { SessionInfo } from "../../protocol/generated";
import type { ProjectFiles } from "../../store/project-files";
import type { PersonHere, Workspace } from "../../store/workspace";
import type { Side } from "../../ui/split/split";
import type { FileManager } from "../files/file-manager";
import type { FindSession } from "../find/session";
import type { FilesPlace, HistoryPlace } from "../routes";
import type { FileActs } from "./file-acts";

/** The history that is in the place of the editors: of a file, or of one that was deleted; with null the list of those. */
export interface ShownHistory {
  deleted: boolean;
  path: string | null;
  place: HistoryPlace;
}

/** What every part of an open project needs. */
export interface ProjectContextValue {
  info: SessionInfo;
  projectId: string;
  title: string;
  /** Viewers may not change files, and nobody those of an archived project. */
  mayEdit: boolean;
  files: ProjectFiles;
  workspace: Workspace;
  acts: FileActs;
  find: FindSession;
  manager: FileManager;
  /** The file that the URL names. */
  path: string | null;
  line?: number;
  /** The list of files that is in the place of the editors: where the URL names one, or no file at all. */
  shownFiles: FilesPlace | null;
  /** The history that the URL names. */
  history: ShownHistory | null;
  open(path: string, line?: number): void;
  /** Shows a folder as a list. */
  goToFolder(folder: string): void;
  /** Closes a tab of a group; without one, of the group that the person is in. */
  close(path: string, group?: string): void;
  /** Goes into a group of tabs: its file is the page's from now on. */
  enter(group: string): void;
  /** Shows a file beside a group, by default the one that the person is in and its file. */
  splitOff(side: Side, group?: string, path?: string): void;
  /** Shows the file that somebody is in, at their cursor. */
  goToPerson(person: PersonHere): void;
}

export const ProjectContext = createContext<ProjectContextValue | null>(null);

export function useProject(): ProjectContextValue {
  const value = useContext(ProjectContext);
  if (!value) throw new Error("this part is shown inside a project only");
  return value;
}
