import { useEffect, useMemo } from "react";
import type { Entry } from "../../protocol/generated";
import { recentFiles, usesOf } from "../../store/activity";
import { baseName, type Directories, parent } from "../../store/directories";
import type { FileRow } from "../../store/file-rows";
import { useObservable } from "../../store/react";
import { useTable } from "../../store/use-table";
import { Skeleton } from "../../ui/Skeleton";
import { useProject } from "../project/context";
import { FileGrid } from "./FileGrid";
import { useStars } from "./stars";

/** Recent files and those with a star. */
export function MarkedList({ which }: { which: "recent" | "starred" }) {
  return which === "recent" ? <Recent /> : <Starred />;
}

function Starred() {
  const { paths } = useStars();
  const rows = useRows(paths, true);
  return (
    <FileGrid
      label="Starred files"
      rows={rows}
      scattered
      empty={<p className="tree-note">Nothing has a star yet. “Add star” is in the menu of each file and folder.</p>}
    />
  );
}

function Recent() {
  const { projectId, info } = useProject();
  const { rows: uses, loaded } = useTable(usesOf(projectId));
  const myId = info.account?.account_id ?? "";
  const paths = useMemo(() => recentFiles(uses, myId), [uses, myId]);
  const rows = useRows(paths, false);
  if (!loaded) return <Skeleton lines={8} label="Loading recent files" />;
  return (
    <FileGrid
      label="Recent files"
      rows={rows}
      scattered
      empty={<p className="tree-note">The files that you open are listed here, the last one first.</p>}
    />
  );
}

/** The lines for some paths, live. What is gone is left out, unless it is to be kept. */
function useRows(paths: readonly string[], keepGone: boolean): FileRow[] {
  const { files } = useProject();
  const directories = useObservable(files.directories);
  const folders = [...new Set(paths.map(parent))].sort().join("\n");
  useEffect(() => {
    const stops = folders.split("\n").map((folder) => files.watch(folder));
    return () => {
      for (const stop of stops) stop();
    };
  }, [files, folders]);
  return useMemo(() => {
    return paths.flatMap((path) => {
      const entry = entryOf(directories, path) ?? (keepGone ? { name: baseName(path), kind: "other" as const } : null);
      return entry ? [{ path, text: entry.name, entry, level: 1 }] : [];
    });
  }, [directories, paths, keepGone]);
}

function entryOf(directories: Directories, path: string): Entry | null {
  return directories.get(parent(path))?.entries.get(baseName(path)) ?? null;
}
