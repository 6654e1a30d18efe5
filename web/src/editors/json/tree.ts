/** A value of JSON as rows: those below what is open, and no others. Pure. */

/** Where a value is: the keys and indexes that lead to it. */
export type Path = readonly (string | number)[];

export interface TreeRow {
  path: Path;
  level: number;
  name: string;
  /** Of a leaf; of what holds others, how many. */
  text: string;
  kind: "object" | "array" | "string" | "number" | "boolean" | "null" | "problem" | "more";
  /** Absent for leaves. */
  open?: boolean;
}

/** Children of one value that are listed. */
export const MAX_CHILDREN = 100_000;
const MAX_TEXT = 2_000;
const MAX_FOUND = 10_000;

/** A line of JSON Lines that cannot be read. */
export class Unreadable {
  constructor(readonly why: string) {}
}

export const keyOf = (path: Path): string => JSON.stringify(path);

/** The value of a text; of JSON Lines an array with a value for each line that is not empty. Throws `SyntaxError`. */
export function parse(text: string, lines: boolean): unknown {
  if (!lines) return JSON.parse(text);
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      try {
        return JSON.parse(line);
      } catch (error) {
        return new Unreadable(error instanceof Error ? error.message : String(error));
      }
    });
}

export function rowsOf(value: unknown, open: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (path: Path, name: string, value: unknown) => {
    const row = rowOf(path, name, value);
    const children = childrenOf(value);
    if (children === null) {
      rows.push(row);
      return;
    }
    row.open = open.has(keyOf(path));
    rows.push(row);
    if (!row.open) return;
    let count = 0;
    for (const [key, child] of children) {
      if (count++ === MAX_CHILDREN) {
        rows.push({ path: [...path, "…"], level: path.length + 2, name: "", text: "There are more.", kind: "more" });
        break;
      }
      add([...path, key], String(key), child);
    }
  };
  add([], "", value);
  return rows;
}

/** Where a text is, in a key or a leaf, in the order of the tree. */
export function find(value: unknown, text: string): Path[] {
  const found: Path[] = [];
  const wanted = text.toLowerCase();
  const look = (path: Path, name: string, value: unknown) => {
    if (found.length >= MAX_FOUND) return;
    const children = childrenOf(value);
    const own = children === null ? leafText(value) : "";
    if (name.toLowerCase().includes(wanted) || own.toLowerCase().includes(wanted)) found.push(path);
    for (const [key, child] of children ?? []) {
      if (found.length >= MAX_FOUND) return;
      look([...path, key], typeof key === "string" ? key : "", child);
    }
  };
  if (wanted !== "") look([], "", value);
  return found;
}

function childrenOf(value: unknown): Iterable<[string | number, unknown]> | null {
  if (Array.isArray(value)) return value.entries();
  if (typeof value === "object" && value !== null && !(value instanceof Unreadable)) return Object.entries(value);
  return null;
}

function rowOf(path: Path, name: string, value: unknown): TreeRow {
  const place = { path, level: path.length + 1, name };
  if (value instanceof Unreadable) return { ...place, kind: "problem", text: `Not JSON: ${value.why}` };
  if (Array.isArray(value)) return { ...place, kind: "array", text: `[${count(value.length)}]` };
  if (value === null) return { ...place, kind: "null", text: "null" };
  if (typeof value === "object") return { ...place, kind: "object", text: `{${count(Object.keys(value).length)}}` };
  const kind = typeof value === "string" ? "string" : typeof value === "number" ? "number" : "boolean";
  const text = leafText(value);
  return { ...place, kind, text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text };
}

const leafText = (value: unknown): string =>
  value instanceof Unreadable ? value.why : (JSON.stringify(value) ?? "null");

const count = (size: number): string => `${size.toLocaleString("en")} ${size === 1 ? "item" : "items"}`;
