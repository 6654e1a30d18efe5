import { type RefObject, useEffect, useRef } from "react";
import { useObservable } from "../../store/react";
import type { TableQuery } from "../../store/tables";
import { useTableStore } from "../../store/use-table";
import { paletteText } from "../palette-state";

interface FileUseRow {
  project_id: string;
  path: string;
  users: Record<string, { read?: string; edit?: string }> | null;
}

/** Files that are looked at for one's own; those that were edited last. */
const MAX_ROWS = 300;

/** The files that a person used last, the newest first; known from when the palette is opened. */
export function useRecentFiles(projectId: string, accountId: string | null): RefObject<readonly string[]> {
  const store = useTableStore();
  const isOpen = useObservable(paletteText) !== null;
  const recent = useRef<readonly string[]>([]);
  useEffect(() => {
    if (!store || !isOpen || accountId === null) return;
    const query: TableQuery<FileUseRow> = {
      table: "file_use",
      fields: { project_id: projectId, path: null, users: null },
      options: [{ order_by: "-last_edited" }, { limit: MAX_ROWS }],
      key: ["project_id", "path"],
    };
    const state = store.state(query);
    const note = () => {
      recent.current = usedBy(accountId, state.get().rows);
    };
    const stops = [store.follow(query), state.subscribe(note)];
    note();
    return () => {
      for (const stop of stops) stop();
    };
  }, [store, isOpen, projectId, accountId]);
  return recent;
}

export function usedBy(accountId: string, rows: readonly FileUseRow[]): string[] {
  const at = ({ users }: FileUseRow) => {
    const { read = "", edit = "" } = users?.[accountId] ?? {};
    return [read, edit].sort().at(-1) ?? "";
  };
  return rows
    .filter((row) => at(row) !== "")
    .sort((a, b) => at(b).localeCompare(at(a)))
    .map((row) => row.path);
}
