import { lazy, Suspense } from "react";
import type { ProjectRow } from "../../store/queries";
import { useObservable } from "../../store/react";
import { Boundary } from "../Boundary";
import { useProject } from "./context";
import { FirstStepsPanel } from "./FirstStepsPanel";
import { PeoplePanel } from "./PeoplePanel";

const HistoryPanel = lazy(() => import("../history/HistoryPanel"));

/** The panel at the right, when one was asked for; a sheet on a phone. */
export function RightPanel({ project }: { project: ProjectRow | null }) {
  const { workspace } = useProject();
  const shown = useObservable(workspace.rightPanel);
  if (shown === "people") return <PeoplePanel project={project} />;
  if (shown === "history") {
    return (
      <Boundary what="The history">
        <Suspense fallback={null}>
          <HistoryPanel />
        </Suspense>
      </Boundary>
    );
  }
  return shown === "first-steps" ? <FirstStepsPanel /> : null;
}
