import { useEffect, useSyncExternalStore } from "react";
import { MY_PROJECT_MARKS, markProject, type ProjectRow } from "../../store/queries";
import { useTableStore } from "../../store/use-table";
import { useProject } from "./context";

/** Whether I muted the project: then I am told of nothing in it; and how to change that. */
export function useMute(project: ProjectRow | null): { muted: boolean; toggle(): void } {
  const { info, projectId } = useProject();
  const store = useTableStore();
  const live = project && store;
  useEffect(() => live?.follow(MY_PROJECT_MARKS), [live]);
  const rows = useSyncExternalStore(
    (changed) => live?.state(MY_PROJECT_MARKS).subscribe(changed) ?? (() => {}),
    () => live?.state(MY_PROJECT_MARKS).get().rows,
  );
  const muted = rows?.find((row) => row.project_id === projectId)?.muted ?? false;
  const toggle = () => {
    if (!store || !info.account) return;
    const mark = { account_id: info.account.account_id, project_id: projectId, muted: !muted };
    markProject(store, mark).catch(() => {});
  };
  return { muted, toggle };
}
