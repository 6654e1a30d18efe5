import { type DragEvent, useState } from "react";
import { useProject } from "../project/context";
import { droppedFiles } from "./chosen-files";

/** Dragged rows carry their paths under this type, as a JSON list. */
export const PATHS_TYPE = "application/x-studium-paths";

export function startDrag(event: DragEvent, paths: readonly string[]): void {
  event.dataTransfer.setData(PATHS_TYPE, JSON.stringify(paths));
  event.dataTransfer.effectAllowed = "copyMove";
}

/** The paths of the rows that were dropped. */
export function draggedPaths(transfer: DataTransfer): string[] {
  try {
    const paths: unknown = JSON.parse(transfer.getData(PATHS_TYPE) || "[]");
    return Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [];
  } catch {
    return [];
  }
}

/**
 * Takes what is dropped: files of the computer are uploaded, rows of a list are moved, or copied with Ctrl or Alt held.
 * `folderAt` says into which folder; null for none. `over` is the folder under the pointer.
 */
export function useFileDrop(folderAt: (event: DragEvent) => string | null) {
  const { acts, manager, mayEdit } = useProject();
  const [over, setOver] = useState<string | null>(null);
  const target = (event: DragEvent) => {
    const known = [...event.dataTransfer.types].some((type) => type === "Files" || type === PATHS_TYPE);
    return mayEdit && known ? folderAt(event) : null;
  };
  const onDragOver = (event: DragEvent) => {
    const folder = target(event);
    setOver(folder);
    if (folder === null) return;
    event.preventDefault();
    event.stopPropagation();
    const copies = event.ctrlKey || event.altKey || event.dataTransfer.types.includes("Files");
    event.dataTransfer.dropEffect = copies ? "copy" : "move";
  };
  const onDragLeave = (event: DragEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(null);
  };
  const onDrop = (event: DragEvent) => {
    const folder = target(event);
    setOver(null);
    if (folder === null) return;
    event.preventDefault();
    event.stopPropagation();
    const paths = draggedPaths(event.dataTransfer);
    if (paths.length === 0) void droppedFiles(event.dataTransfer).then((items) => acts.upload(folder, items));
    else if (event.ctrlKey || event.altKey) void manager.copy(paths, folder);
    else void manager.move(paths, folder);
  };
  return { over, drop: { onDragOver, onDragLeave, onDrop } };
}

/** The folder that a row of a list stands for: itself, or the one that it is in; `otherwise` beside all rows. */
export function folderOfRow(target: EventTarget, otherwise: string): string {
  const row = target instanceof Element ? target.closest('[role="row"][data-key]') : null;
  const path = row?.getAttribute("data-key");
  if (!path) return otherwise;
  return row?.hasAttribute("data-folder") ? path : path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
