import { lazy, Suspense } from "react";
import type { ProjectRow } from "../../store/queries";
import { Boundary } from "../Boundary";
import { useProject } from "./context";

const HistoryPage = lazy(() => import("../history/HistoryPage"));

/** The history, in the place of the editors, when the URL names one. Its code loads with the first. */
export function HistorySlot({ project }: { project: ProjectRow | null }) {
  const { history } = useProject();
  if (history === null) return null;
  return (
    <Boundary what="The history">
      <Suspense fallback={null}>
        <HistoryPage shown={history} project={project} />
      </Suspense>
    </Boundary>
  );
}
