/** What is dragged within the page: a tab, or a row of the file list. */
import { PATH_TYPE } from "./FileTree";

const TAB_TYPE = "application/x-studium-tab";

export interface DraggedTab {
  group: string;
  path: string;
}

export function dragTab(transfer: DataTransfer, tab: DraggedTab): void {
  transfer.setData(TAB_TYPE, JSON.stringify(tab));
  transfer.effectAllowed = "move";
}

/** The tab that was dropped, if it is one. */
export function draggedTab(transfer: DataTransfer): DraggedTab | null {
  const text = transfer.getData(TAB_TYPE);
  return text ? (JSON.parse(text) as DraggedTab) : null;
}

/** The path of the row that was dropped, if it is one. */
export function draggedPath(transfer: DataTransfer): string | null {
  return transfer.getData(PATH_TYPE) || null;
}

export function isTabDrag(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes(TAB_TYPE) ?? false;
}

export function isFileDrag(transfer: DataTransfer | null): boolean {
  return isTabDrag(transfer) || (transfer?.types.includes(PATH_TYPE) ?? false);
}
