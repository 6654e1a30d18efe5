import { sentence } from "../../net/api";
import type { ReplaceFile } from "../../protocol/generated";
import { wantPlace } from "../../store/wanted-place";
import { toast } from "../../ui/toast-queue";
import { count } from "../words";
import { type MatchPlace, matchesOf, matchKey, wholeFiles } from "./results";
import type { FindSession, ReplacedAll } from "./session";

/** Shows a match in its file, selected. */
export function showMatch(match: MatchPlace, open: (path: string, line?: number) => void): void {
  const { file, line, span } = match;
  if (file.openable === false) {
    toast("The name of this file is not UTF-8, so it cannot be opened here. Rename it in a terminal.", {
      danger: true,
    });
    return;
  }
  wantPlace({
    path: file.path,
    line: line.line,
    column: line.at + span.start,
    length: span.end - span.start,
    text: line.text,
  });
  open(file.path, line.line);
}

/** The match `by` steps from the current one, around the ends; null when there are none. */
export function stepFrom(find: FindSession, by: 1 | -1): MatchPlace | null {
  const results = find.results.get();
  const all: MatchPlace[] = [];
  for (const path of find.order.get()) {
    const file = results.get(path);
    if (file) all.push(...matchesOf(file));
  }
  if (all.length === 0) return null;
  const current = find.current.get();
  const at = all.findIndex(({ file, number }) => matchKey(file.path, number) === current);
  // From a file's own row the first of its matches is the next one.
  const ofFile = at < 0 ? all.findIndex(({ file }) => file.path === current) : -1;
  const next = ofFile >= 0 ? (by > 0 ? ofFile : ofFile - 1) : at < 0 ? (by > 0 ? 0 : -1) : at + by;
  return all[(next + all.length) % all.length] ?? null;
}

export async function replaceIn(find: FindSession, files: readonly ReplaceFile[]): Promise<void> {
  if (files.length === 0) return;
  try {
    tellReplaced(find, await find.replace(files));
  } catch (error) {
    toast(sentence(error), { danger: true });
  }
}

export const replaceAll = (find: FindSession): Promise<void> => {
  const { results, order } = find;
  return replaceIn(find, wholeFiles(order.get().flatMap((path) => results.get().get(path) ?? [])));
};

export const replaceOne = (find: FindSession, { file, number }: MatchPlace): Promise<void> =>
  replaceIn(find, [{ path: file.path, digest: file.digest, matches: [number] }]);

function tellReplaced(find: FindSession, done: ReplacedAll): void {
  tellFailures(done);
  if (done.files === 0) return;
  const words = `Replaced ${done.matches.toLocaleString("en")} in ${count(done.files, "file")}`;
  if (done.undoIds.length === 0) {
    toast(`${words}. The history of each file has what was there before.`);
    return;
  }
  toast(words, { act: { label: "Undo", run: () => void takeBack(find, done.undoIds) } });
}

async function takeBack(find: FindSession, undoIds: readonly string[]): Promise<void> {
  try {
    const done = await find.undo(undoIds);
    tellFailures(done);
    if (done.files > 0) toast(`Put back in ${count(done.files, "file")}`);
  } catch (error) {
    toast(sentence(error), { danger: true });
  }
}

function tellFailures({ failed }: ReplacedAll): void {
  const [first, ...others] = failed;
  if (!first) return;
  const more = others.length > 0 ? ` So it is with ${count(others.length, "more file")}.` : "";
  toast(first.error.message + more, { danger: true });
}
