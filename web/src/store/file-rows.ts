import type { Entry } from "../protocol/generated";
import { type Directories, join, parent } from "./directories";
import { isMasked } from "./masked";

/** One line of the file list. */
export interface FileRow {
  path: string;
  /** What the line says: the name, or a note about an open folder ("Empty"). */
  text: string;
  /** Absent for a note. */
  entry?: Entry;
  level: number;
  /** Of a tree: its place among its siblings, from 1, and how many they are. */
  position?: number;
  siblings?: number;
  /** Folders only. */
  expanded?: boolean;
}

/** The lines of the list from top to bottom. */
export function fileRows(directories: Directories, expanded: ReadonlySet<string>, hidden: boolean): FileRow[] {
  const rows: FileRow[] = [];
  const add = (folder: string, level: number) => {
    const directory = directories.get(folder);
    const all = directory?.sorted ?? [];
    const has = (name: string) => directory?.entries.has(name) ?? false;
    const entries = hidden ? all : all.filter((entry) => !isMasked(entry, has));
    entries.forEach((entry, index) => {
      const path = join(folder, entry.name);
      const row: FileRow = { path, text: entry.name, entry, level, position: index + 1, siblings: entries.length };
      rows.push(row);
      if (entry.kind !== "directory") return;
      row.expanded = expanded.has(path);
      if (row.expanded) add(path, level + 1);
    });
    if (folder === "") return;
    const note = directory?.error ?? (directory?.loaded ? (entries.length === 0 ? "Empty" : null) : "Reading…");
    if (note) rows.push({ path: `${folder}/`, text: note, level, position: 1, siblings: 1 });
    if (directory?.truncated) {
      rows.push({
        path: `${folder}//`,
        text: "There is more here than the list shows",
        level,
        position: 1,
        siblings: 1,
      });
    }
  };
  add("", 1);
  return rows;
}

/** What a key does on a row of the list: go to another row, open or close a folder; null when it does nothing. */
export type TreeMove = { to: number } | { toggle: string } | null;

export function moveByKey(rows: readonly FileRow[], at: number, key: string, page: number): TreeMove {
  const row = rows[at];
  if (!row) return rows.length > 0 ? { to: 0 } : null;
  const clamp = (index: number): TreeMove => ({ to: Math.max(0, Math.min(rows.length - 1, index)) });
  switch (key) {
    case "ArrowDown":
      return clamp(at + 1);
    case "ArrowUp":
      return clamp(at - 1);
    case "PageDown":
      return clamp(at + page);
    case "PageUp":
      return clamp(at - page);
    case "Home":
      return clamp(0);
    case "End":
      return clamp(rows.length - 1);
    case "ArrowRight":
      if (row.expanded === false) return { toggle: row.path };
      return row.expanded ? clamp(at + 1) : null;
    case "ArrowLeft": {
      if (row.expanded) return { toggle: row.path };
      const folder = row.entry ? parent(row.path) : row.path.replace(/\/+$/, "");
      const above = rows.findIndex((candidate) => candidate.path === folder);
      return above < 0 ? null : { to: above };
    }
    default:
      return null;
  }
}

/** The next row, from the one after `at` and around, whose name begins with what was typed. */
export function findByTyping(rows: readonly FileRow[], at: number, typed: string): number {
  const wanted = typed.toLowerCase();
  // One letter goes on to the next; more letters may still mean the row where one is.
  const start = typed.length > 1 ? at : at + 1;
  for (let step = 0; step < rows.length; step++) {
    const index = (start + step) % rows.length;
    const row = rows[index];
    if (row?.entry && row.text.toLowerCase().startsWith(wanted)) return index;
  }
  return -1;
}
