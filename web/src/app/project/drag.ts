/** What is dragged to the editors: a tab, or rows of a list of files. */
import { PATHS_TYPE } from "../files/drag";

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

export function isTabDrag(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes(TAB_TYPE) ?? false;
}

export function isFileDrag(transfer: DataTransfer | null): boolean {
  return isTabDrag(transfer) || (transfer?.types.includes(PATHS_TYPE) ?? false);
}
