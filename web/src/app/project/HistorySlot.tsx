import type { ProjectRow } from "../../store/queries";
import { onDemand } from "../../ui/on-demand";
import { Boundary } from "../Boundary";
import { useProject } from "./context";

const HistoryPage = onDemand(() => import("../history/HistoryPage"));

/** The history, in the place of the editors, when the URL names one. Its code loads with the first. */
export function HistorySlot({ project }: { project: ProjectRow | null }) {
  const { history } = useProject();
  if (history === null) return null;
  return (
    <Boundary what="The history">
      <HistoryPage shown={history} project={project} />
    </Boundary>
  );
}
