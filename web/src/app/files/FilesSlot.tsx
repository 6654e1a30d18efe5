import { lazy, Suspense } from "react";
import { Skeleton } from "../../ui/Skeleton";
import { Boundary } from "../Boundary";
import { useProject } from "../project/context";

const FilesView = lazy(() => import("./FilesView"));

/** The list of files, in the place of the editors, when the URL names one or no file at all. Its code loads with the first. */
export function FilesSlot() {
  const { shownFiles } = useProject();
  if (shownFiles === null) return null;
  return (
    <Boundary what="The list of files">
      <Suspense fallback={<Skeleton lines={8} label="Opening the files" />}>
        <FilesView place={shownFiles} />
      </Suspense>
    </Boundary>
  );
}
