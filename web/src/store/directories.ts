import type { DirectoryMessage } from "../net/events-socket";
import type { Entry } from "../protocol/generated";

/** A folder as the page knows it. Immutable: a change makes a new one. */
export interface DirectoryState {
  entries: ReadonlyMap<string, Entry>;
  /** The same, in the order of the list. */
  sorted: readonly Entry[];
  loaded: boolean;
  truncated: boolean;
  error?: string;
}

export type Directories = ReadonlyMap<string, DirectoryState>;

export const EMPTY_DIRECTORY: DirectoryState = {
  entries: new Map(),
  sorted: [],
  loaded: false,
  truncated: false,
};

/** What is known after one more message. */
export function applyEvent(directory: DirectoryState, event: DirectoryMessage): DirectoryState {
  switch (event.type) {
    case "directory":
      return {
        entries: new Map(event.entries.map((entry) => [entry.name, entry])),
        sorted: inOrder(event.entries),
        loaded: true,
        truncated: event.truncated ?? false,
      };
    case "directory_changed": {
      const entries = new Map(directory.entries);
      for (const name of event.removed) entries.delete(name);
      for (const entry of event.entries) entries.set(entry.name, entry);
      return { ...directory, entries, sorted: merged(directory.sorted, event) };
    }
    case "directory_failed":
      return { ...EMPTY_DIRECTORY, loaded: true, error: event.error.message };
  }
}

export function join(folder: string, name: string): string {
  return folder ? `${folder}/${name}` : name;
}

export function parent(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Is `path` this one, or inside it? */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Where `path` is after `from` was renamed to `to`; null when the renaming does not touch it. */
export function movedPath(path: string, from: string, to: string): string | null {
  return isWithin(path, from) ? to + path.slice(from.length) : null;
}

/** The list after a change, in order, without sorting all of it again. */
function merged(sorted: readonly Entry[], event: { entries: Entry[]; removed: string[] }): readonly Entry[] {
  const gone = new Set([...event.removed, ...event.entries.map((entry) => entry.name)]);
  const kept = sorted.filter((entry) => !gone.has(entry.name));
  const result: Entry[] = [];
  let from = 0;
  for (const added of inOrder(event.entries)) {
    let to = kept.length;
    for (let low = from; low < to; ) {
      const middle = (low + to) >> 1;
      if (compareEntries(kept[middle] as Entry, added) < 0) low = middle + 1;
      else to = middle;
    }
    for (; from < to; from++) result.push(kept[from] as Entry);
    result.push(added);
  }
  return result.concat(kept.slice(from));
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const ASCII = /^[ -~]*$/;

/** Folders first, then by name as people count: `week2` before `week10`. */
export function compareEntries(a: Entry, b: Entry): number {
  return compareKeyed(keyed(a), keyed(b));
}

/** Entries as `compareEntries` orders them; each key is made once. */
export function inOrder(entries: readonly Entry[]): Entry[] {
  return entries
    .map(keyed)
    .sort(compareKeyed)
    .map(({ entry }) => entry);
}

interface Keyed {
  entry: Entry;
  /** Of a plain name: the collator knows every language, and takes ten times as long as is needed for those. */
  key: string | null;
}

const keyed = (entry: Entry): Keyed => ({ entry, key: ASCII.test(entry.name) ? plainKey(entry.name) : null });

function compareKeyed({ entry: a, key: ofA }: Keyed, { entry: b, key: ofB }: Keyed): number {
  if ((a.kind === "directory") !== (b.kind === "directory")) return a.kind === "directory" ? -1 : 1;
  const order = ofA !== null && ofB !== null ? compareTexts(ofA, ofB) : collator.compare(a.name, b.name);
  return order || compareTexts(a.name, b.name);
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Letters without case; before the digits of a number how many they are, so that numbers come by their value. */
function plainKey(name: string): string {
  return name.toLowerCase().replace(/\d+/g, (digits) => {
    const value = digits.replace(/^0+/, "");
    return `0${String.fromCharCode(value.length)}${value}`;
  });
}

/** Why a name cannot be given to a file; null when it can. */
export function nameProblem(name: string, taken: ReadonlyMap<string, Entry>, own?: string): string | null {
  if (!name.trim()) return "Type a name.";
  if (name === "." || name === "..") return `“${name}” is not a name that a file can have.`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that we look for
  if (/[\u0000-\u001f]/.test(name)) return "A name cannot contain control characters.";
  if (name.startsWith("/") || name.endsWith("/") || name.includes("//")) return "A name cannot begin or end with “/”.";
  if (name.split("/").some((part) => part === ".." || part === "."))
    return "A name cannot contain “..” between slashes.";
  if (new TextEncoder().encode(name).length > 255) return "This name is too long: 255 bytes are the limit.";
  if (name !== own && taken.has(name)) return `There is already “${name}” here.`;
  return null;
}

/** A name beside one that is taken: `report.pdf` becomes `report (2).pdf`. */
export function freeName(name: string, taken: { has(name: string): boolean }): string {
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  for (let number = 2; ; number++) {
    const candidate = `${stem} (${number})${ending}`;
    if (!taken.has(candidate)) return candidate;
  }
}
