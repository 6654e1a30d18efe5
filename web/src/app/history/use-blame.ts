import { useEffect } from "react";
import type { BlameRun } from "../../protocol/generated";
import type { DocumentHistory } from "../../store/document-history";
import { useObservable } from "../../store/react";
import { ago, exactly } from "../words";
import { type BlameLabel, blameMarks, NO_BLAME } from "./blame-gutter";
import { nameOf, type PersonOf } from "./people";
import type { HistoryTextView } from "./text-view";

interface BlameOptions {
  history: DocumentHistory;
  view: HistoryTextView | null;
  on: boolean;
  /** The version on the screen; null while that does not stay. */
  version: number | null;
  person: PersonOf;
  /** In milliseconds. */
  now: number;
}

/** Shows beside the text who wrote each line, while that is wanted. */
export function useBlame({ history, view, on, version, person, now }: BlameOptions): void {
  const known = useObservable(history.blame);
  useEffect(() => history.showBlame(on ? version : null), [history, on, version]);
  useEffect(() => {
    if (!on) view?.setBlame(null);
    else if (known === null || known.version !== version) view?.setBlame(NO_BLAME);
    else view?.setBlame(blameMarks(known.lines, (run) => labelFor(run, person, now)));
  }, [view, on, known, version, person, now]);
}

function labelFor(run: BlameRun, person: PersonOf, now: number): BlameLabel {
  const { version, account_id: accountId } = run;
  if (version === 0) return { name: "", colour: null, ago: "", title: "Nothing was typed here", version: 1 };
  const at = run.at * 1000;
  const name = accountId === null ? "Disk" : nameOf(accountId, person);
  const who = accountId === null ? "Changed on disk" : name;
  const colour = accountId === null ? null : (person(accountId)?.colour ?? null);
  const title = `${who}, ${exactly(at)}, version ${version.toLocaleString("en")}`;
  return { name, colour, ago: ago(at, now), title, version };
}
