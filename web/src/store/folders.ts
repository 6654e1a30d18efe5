import { type Directories, join } from "./directories";

/** Paths of all folders that are known, as a tree from top to bottom; the home comes first, with the path "". */
export function knownFolders(directories: Directories, isShown: (name: string) => boolean = () => true): string[] {
  const found = [""];
  const add = (folder: string) => {
    for (const entry of directories.get(folder)?.sorted ?? []) {
      if (entry.kind !== "directory" || !isShown(entry.name)) continue;
      const path = join(folder, entry.name);
      found.push(path);
      add(path);
    }
  };
  add("");
  return found;
}

/** Those with what was typed in their paths; the ones whose own names have it come first. */
export function matchingFolders(folders: readonly string[], typed: string): string[] {
  const wanted = typed
    .trim()
    .toLowerCase()
    .replace(/^\/+|\/+$/g, "");
  if (!wanted) return [...folders];
  const lower = folders.map((path) => ({ path, text: path.toLowerCase() }));
  const hits = lower.filter(({ text }) => text.includes(wanted));
  const own = hits.filter(({ text }) => text.slice(text.lastIndexOf("/") + 1).includes(wanted));
  return [...own, ...hits.filter((one) => !own.includes(one))].map(({ path }) => path);
}
