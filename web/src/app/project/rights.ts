import type { SessionInfo } from "../../protocol/generated";
import { MY_PROJECT_MARKS, type ProjectRow } from "../../store/queries";
import { useTable } from "../../store/use-table";
import { rightsIn } from "../pages/project-order";

/** Whether I may change files; live. Until my role is known nobody is held up: the server has the last word. */
export function useMayEdit(project: ProjectRow, info: SessionInfo): boolean {
  const { rows } = useTable(MY_PROJECT_MARKS);
  const role = rows.find((mark) => mark.project_id === project.project_id)?.role;
  return role === undefined || rightsIn(project, role, info.account?.administrator).edits;
}

/** What I may do with a project; live. */
export function useRights(project: ProjectRow, info: SessionInfo) {
  const { rows } = useTable(MY_PROJECT_MARKS);
  const role = rows.find((mark) => mark.project_id === project.project_id)?.role;
  return rightsIn(project, role, info.account?.administrator);
}
