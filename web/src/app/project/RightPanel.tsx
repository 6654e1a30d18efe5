import type { ProjectRow } from "../../store/queries";
import { useObservable } from "../../store/react";
import { useProject } from "./context";
import { FirstStepsPanel } from "./FirstStepsPanel";
import { LogPanel } from "./LogPanel";
import { PeoplePanel } from "./PeoplePanel";

/** The panel at the right, when one was asked for; a sheet on a phone. */
export function RightPanel({ project }: { project: ProjectRow | null }) {
  const { workspace } = useProject();
  const shown = useObservable(workspace.rightPanel);
  if (shown === "people") return <PeoplePanel project={project} />;
  if (shown === "log" && project) return <LogPanel />;
  return shown === "first-steps" ? <FirstStepsPanel /> : null;
}
