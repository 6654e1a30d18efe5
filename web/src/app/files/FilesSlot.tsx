import { onDemand } from "../../ui/on-demand";
import { Skeleton } from "../../ui/Skeleton";
import { Boundary } from "../Boundary";
import { useProject } from "../project/context";

const FilesView = onDemand(
  () => import("./FilesView"),
  () => <Skeleton lines={8} label="Opening the files" />,
);

/** The list of files, in the place of the editors, when the URL names one or no file at all. Its code loads with the first. */
export function FilesSlot() {
  const { shownFiles } = useProject();
  if (shownFiles === null) return null;
  return (
    <Boundary what="The list of files">
      <FilesView place={shownFiles} />
    </Boundary>
  );
}
