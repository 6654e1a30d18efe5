import { useObservable } from "../../store/react";
import { useProject } from "../project/context";
import { EmptyTrashDialog } from "./EmptyTrashDialog";
import { FetchUrlDialog } from "./FetchUrlDialog";
import { JobClashDialog } from "./JobClashDialog";
import { ToProjectDialog } from "./ToProjectDialog";
import { WhereToDialog } from "./WhereToDialog";

/** The questions that acts on files ask. */
export default function Dialogs() {
  const { manager } = useProject();
  const whereTo = useObservable(manager.whereTo);
  const toProject = useObservable(manager.toProject);
  const fetching = useObservable(manager.fetching);
  const clash = useObservable(manager.clash);
  const emptying = useObservable(manager.emptying);
  return (
    <>
      {whereTo && <WhereToDialog asked={whereTo} />}
      {toProject && <ToProjectDialog paths={toProject} />}
      {fetching && <FetchUrlDialog folder={fetching.folder} />}
      {clash && <JobClashDialog clash={clash} />}
      {emptying && <EmptyTrashDialog trashIds={emptying.trashIds} />}
    </>
  );
}
