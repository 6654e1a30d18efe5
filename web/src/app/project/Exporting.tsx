import { useObservable } from "../../store/react";
import { onDemand } from "../../ui/on-demand";
import { useProject } from "./context";

const ExportDialog = onDemand(() => import("../../editors/notebook/ExportDialog"));

/** The export of a notebook of the file list. */
export function Exporting() {
  const { acts, projectId } = useProject();
  const path = useObservable(acts.exporting);
  if (path === null) return null;
  return <ExportDialog projectId={projectId} path={path} onClose={() => acts.exporting.set(null)} />;
}
