import { score } from "../commands/palette";
import type { Entry } from "../protocol/generated";
import { type DirectoryState, join } from "./directories";
import type { FileRow } from "./file-rows";
import { isMasked } from "./masked";

/** What a list of files can be sorted by. */
export const SORT_COLUMNS = ["name", "size", "modified", "people"] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface Sorting {
  by: SortColumn;
  descending: boolean;
}

/** A line of a list, made once for each change of its folder, so that a key of the filter costs little. */
export interface PreparedEntry extends FileRow {
  entry: Entry;
  lower: string;
  masked: boolean;
}

export function prepare(folder: string, directory: DirectoryState): PreparedEntry[] {
  const has = (name: string) => directory.entries.has(name);
  return directory.sorted.map((entry) => ({
    path: join(folder, entry.name),
    text: entry.name,
    entry,
    level: 1,
    lower: entry.name.toLowerCase(),
    masked: isMasked(entry, has),
  }));
}

const isFolder = (one: PreparedEntry) => one.entry.kind === "directory";

/** In the order that was asked for, folders first. `entries` come by name; `people` is how many are in a file. */
export function sortEntries(
  entries: readonly PreparedEntry[],
  { by, descending }: Sorting,
  people: (path: string, folder: boolean) => number = () => 0,
): PreparedEntry[] {
  const folders = entries.filter(isFolder);
  const files = entries.filter((one) => !isFolder(one));
  return [folders, files].flatMap((group) => {
    if (by === "name") return descending ? group.toReversed() : group;
    const numberOf = (one: PreparedEntry) => {
      if (by === "size") return one.entry.size_bytes ?? 0;
      if (by === "modified") return one.entry.modified_at ?? 0;
      return people(one.path, isFolder(one));
    };
    // Values are read once; equal ones stay in the order of their names.
    const keyed = group.map((one) => ({ one, value: numberOf(one) }));
    keyed.sort((a, b) => (descending ? b.value - a.value : a.value - b.value));
    return keyed.map(({ one }) => one);
  });
}

/** Do the letters come in this order? */
function follows(letters: string, text: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Those with what was typed in their names, in their order; then those with its letters in this order, best first. */
export function filterEntries(entries: readonly PreparedEntry[], typed: string): readonly PreparedEntry[] {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return entries;
  const letters = wanted.replaceAll(" ", "");
  const exact: PreparedEntry[] = [];
  const near: { one: PreparedEntry; fit: number }[] = [];
  for (const one of entries) {
    if (one.lower.includes(wanted)) exact.push(one);
    else if (follows(letters, one.lower)) near.push({ one, fit: score(letters, one.lower) ?? 0 });
  }
  near.sort((a, b) => b.fit - a.fit);
  return [...exact, ...near.map(({ one }) => one)];
}

/** The folders above and including `folder`, from the top; the home comes first, with the path "". */
export function breadcrumb(folder: string): { path: string; name: string }[] {
  const parts = folder ? folder.split("/") : [];
  return [{ path: "", name: "" }, ...parts.map((name, index) => ({ path: parts.slice(0, index + 1).join("/"), name }))];
}
