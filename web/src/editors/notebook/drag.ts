/** Cells that are dragged by their handle to another place. */
import type { DragEvent } from "react";
import type { Where } from "../../sync/notebook/acts";
import type { NotebookSession } from "./session";

const TYPE = "application/x-studium-cells";

export function dragCell(event: DragEvent, session: NotebookSession, id: string): void {
  const ids = session.isSelected(id) ? session.selected() : [id];
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData(TYPE, JSON.stringify(ids));
  const cell = (event.target as Element).closest(".cell");
  if (cell) event.dataTransfer.setDragImage(cell, 16, 16);
}

export const isDraggingCells = (event: DragEvent): boolean => event.dataTransfer.types.includes(TYPE);

/** The place between cells that is nearest to the pointer, and the line on the screen that shows it. */
export function dropPlace(list: HTMLElement, y: number): { where: Where; top: number } | null {
  const base = list.getBoundingClientRect().top;
  let last: { id: string; bottom: number } | null = null;
  for (const cell of list.querySelectorAll<HTMLElement>(":scope > [data-cell]")) {
    const { top, bottom } = cell.getBoundingClientRect();
    const id = cell.dataset.cell ?? "";
    if (y < (top + bottom) / 2) return { where: { before: id }, top: top - base };
    last = { id, bottom };
  }
  return last && { where: { after: last.id }, top: last.bottom - base };
}

export function droppedCells(event: DragEvent): string[] {
  try {
    const ids: unknown = JSON.parse(event.dataTransfer.getData(TYPE));
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}
