import { MY_PROJECT_MARKS, markProject, type ProjectRow } from "../../store/queries";
import { useTable, useTables } from "../../store/use-table";
import { useProject } from "./context";

/** Whether I muted the project: then I am told of nothing in it; and how to change that. */
export function useMute(project: ProjectRow): { muted: boolean; toggle(): void } {
  const { info } = useProject();
  const store = useTables();
  const { rows } = useTable(MY_PROJECT_MARKS);
  const muted = rows.find((row) => row.project_id === project.project_id)?.muted ?? false;
  const toggle = () => {
    if (!info.account) return;
    const mark = { account_id: info.account.account_id, project_id: project.project_id, muted: !muted };
    markProject(store, mark).catch(() => {});
  };
  return { muted, toggle };
}
