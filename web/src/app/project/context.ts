import { createContext, useContext } from "react";
import type { SessionInfo } from "../../protocol/generated";
import type { ProjectFiles } from "../../store/project-files";
import type { PersonHere, Workspace } from "../../store/workspace";
import type { FileActs } from "./file-acts";

/** What every part of an open project needs. */
export interface ProjectContextValue {
  info: SessionInfo;
  projectId: string;
  title: string;
  files: ProjectFiles;
  workspace: Workspace;
  acts: FileActs;
  /** The file that the URL names. */
  path: string | null;
  line?: number;
  open(path: string, line?: number): void;
  close(path: string): void;
  /** Shows the file that somebody is in, at their cursor. */
  goToPerson(person: PersonHere): void;
}

export const ProjectContext = createContext<ProjectContextValue | null>(null);

export function useProject(): ProjectContextValue {
  const value = useContext(ProjectContext);
  if (!value) throw new Error("this part is shown inside a project only");
  return value;
}
