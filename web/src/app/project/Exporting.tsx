import { lazy, Suspense } from "react";
import { useObservable } from "../../store/react";
import { useProject } from "./context";

const ExportDialog = lazy(() => import("../../editors/notebook/ExportDialog"));

/** The export of a notebook of the file list. */
export function Exporting() {
  const { acts, projectId } = useProject();
  const path = useObservable(acts.exporting);
  if (path === null) return null;
  return (
    <Suspense>
      <ExportDialog projectId={projectId} path={path} onClose={() => acts.exporting.set(null)} />
    </Suspense>
  );
}
