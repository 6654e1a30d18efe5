import type { FoundFile, FoundLine, FoundSpan, ReplaceFile } from "../../protocol/generated";
import { baseName, parent } from "../../store/directories";

/** Files by path. */
export type Results = ReadonlyMap<string, FoundFile>;

/** One match: the `number`th of its file, from 0. */
export interface MatchPlace {
  file: FoundFile;
  line: FoundLine;
  span: FoundSpan;
  number: number;
}

/** A line of the list. */
export type FindRow =
  | { kind: "file"; key: string; file: FoundFile; open: boolean; level: 1; position: number; siblings: number }
  | ({ kind: "match"; key: string; level: 2; position: number; siblings: number } & MatchPlace)
  | { kind: "context"; key: string; line: number; text: string };

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** By folder, then by name: what is near to each other in the tree of files is so here. */
export function comparePaths(a: string, b: string): number {
  return (
    collator.compare(parent(a), parent(b)) || collator.compare(baseName(a), baseName(b)) || (a < b ? -1 : a > b ? 1 : 0)
  );
}

/** All matches of a file, in order. */
export function* matchesOf(file: FoundFile): Generator<MatchPlace> {
  let number = 0;
  for (const line of file.lines) for (const span of line.spans) yield { file, line, span, number: number++ };
}

export const matchKey = (path: string, number: number): string => `${path}\0${number}`;

/** The list from top to bottom; the matches of files in `closed` are not shown. */
export function findRows(results: Results, order: readonly string[], closed: ReadonlySet<string>): FindRow[] {
  const rows: FindRow[] = [];
  order.forEach((path, index) => {
    const file = results.get(path);
    if (!file) return;
    const open = !closed.has(path);
    rows.push({ kind: "file", key: path, file, open, level: 1, position: index + 1, siblings: order.length });
    if (!open) return;
    const siblings = told(file);
    let last: FoundLine | null = null;
    for (const match of matchesOf(file)) {
      const { line, number } = match;
      if (line !== last) rows.push(...around(path, line, "before", last));
      rows.push({ kind: "match", key: matchKey(path, number), level: 2, position: number + 1, siblings, ...match });
      const isLastOfLine = line.spans.at(-1) === match.span;
      if (isLastOfLine) rows.push(...around(path, line, "after", null));
      last = line;
    }
  });
  return rows;
}

function around(path: string, line: FoundLine, side: "before" | "after", last: FoundLine | null): FindRow[] {
  const texts = line[side] ?? [];
  const first = side === "before" ? line.line - texts.length : line.line + 1;
  // What came after the match above is not shown again before this one.
  const shown = last === null ? 0 : last.line + (last.after?.length ?? 0);
  return texts
    .map((text, index) => ({ kind: "context" as const, line: first + index, text }))
    .filter((row) => side === "after" || row.line > shown)
    .map((row) => ({ ...row, key: `${path}\0${side}${row.line}.${line.at}` }));
}

function told(file: FoundFile): number {
  return file.lines.reduce((sum, line) => sum + line.spans.length, 0);
}

/** What to replace: all of some files, as far as they were told. */
export function wholeFiles(files: Iterable<FoundFile>): ReplaceFile[] {
  return [...files]
    .filter((file) => file.openable !== false)
    .map(({ path, digest, complete, ...file }) => ({
      path,
      digest,
      ...(complete === false ? { matches: [...matchesOf({ path, digest, ...file })].map(({ number }) => number) } : {}),
    }));
}

/** What a row shows of a line: what is before the match, cut where it is long, the match, and what follows. */
export function pieces({ line, span }: MatchPlace, lead = 12): [string, string, string] {
  const before = line.text.slice(0, span.start).trimStart();
  const cut = before.length > lead ? `…${before.slice(-lead)}` : line.at > 0 && !before ? "…" : before;
  return [cut, line.text.slice(span.start, span.end), line.text.slice(span.end)];
}
