import { useEffect, useRef, useState } from "react";
import "../../editors/text/text.css";
import type { DocumentHistory } from "../../store/document-history";
import { useObservable } from "../../store/react";
import { namedWithin } from "../../store/version-names";
import { onDemand } from "../../ui/on-demand";
import { blame } from "../project/blame";
import { PanelHead } from "../project/PanelHead";
import type { HistoryPlace } from "../routes";
import { ago } from "../words";
import { BurstList } from "./BurstList";
import { type BodyProps, liveFormat } from "./body";
import { type CompareKind, HistoryHead } from "./HistoryHead";
import { NameDialog, useNaming } from "./NameVersion";
import { namesOf, type PersonOf } from "./people";
import type { Undo } from "./restore";
import { TextBody } from "./TextBody";
import { TimeBar } from "./TimeBar";
import { useHistoryCommands } from "./use-commands";
import type { LiveDocument } from "./use-live";
import type { Go } from "./use-place";
import { type Pace, usePlay } from "./use-play";

/** Outputs and mathematics come with it. */
const NotebookBody = onDemand(
  () => import("./notebook/NotebookBody"),
  () => <div className="history-text" />,
);

export interface OpenedHistoryProps {
  history: DocumentHistory;
  path: string;
  deleted: boolean;
  person: PersonOf;
  mayWrite: boolean;
  live: LiveDocument;
  place: HistoryPlace;
  go: Go;
  /** `what` was restored in the open document, which `undo` takes back. */
  onRestored(undo: Undo, what: string): void;
  onBringBack(text: string): void;
  close(): void;
}

/** One version in the middle, with its marks and the slider over all of them, and the list of changes at the right. */
export function OpenedHistory(props: OpenedHistoryProps) {
  const { history, path, deleted, mayWrite, person, live, place, go, onRestored, onBringBack, close } = props;
  const list = useObservable(history.list);
  const shown = useObservable(history.shown);
  const blameOn = useObservable(blame);
  const named = useObservable(history.names.named);
  const naming = useNaming(history);
  const now = useNow();
  const slider = useRef<HTMLInputElement>(null);
  const [pace, setPace] = useState<Pace>("normal");

  const version = Math.min(place.version ?? list.version, list.version);
  const burst = history.burstOf(version);
  const compared = typeof place.compare === "number" ? Math.min(place.compare, list.version) : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a burst that is known by now gives another text to compare with
  useEffect(() => {
    if (list.historyId !== null) void history.show(version, compared);
  }, [history, list.historyId, version, compared, burst?.first]);

  const slideTo = (to: number | null) => go({ version: to }, "slide");
  const { playing, toggle, play, pause } = usePlay({
    history,
    pace,
    version,
    last: list.version,
    shown: shown?.version ?? null,
    choose: slideTo,
  });
  useEffect(() => slider.current?.focus(), []);

  const exact = shown?.version === version ? shown : null;
  const authors = exact ? [exact.accountId] : (burst?.account_ids ?? []);
  const at = 1000 * (exact?.at ?? burst?.ended_at ?? 0);
  const said = authors.length > 0 ? `, ${namesOf(authors, person)}, ${ago(at, now)}` : "";

  /** To a version, the newest of which goes on as more are made. */
  const newestIsNull = (to: number) => (to >= list.version ? null : Math.max(1, to));
  const choose = (to: number | null) => {
    pause();
    go({ version: to === null ? null : newestIsNull(to) });
  };
  const earlier = () => choose((burst?.first ?? version) - 1);
  const later = () => {
    const next = (burst?.last ?? version) + 1;
    choose(history.burstOf(next)?.last ?? next);
  };
  const setCompare = (kind: CompareKind) => {
    const before = (burst?.first ?? version) - 1;
    go({ compare: kind === "version" ? Math.max(0, before) : kind === "now" ? "now" : null });
  };
  const mayName = mayWrite && version > 0;
  const name = () => naming.start(version);
  useHistoryCommands({ history, path, deleted, place, version, exact, earlier, later, play: toggle, mayName, name });

  const compare: CompareKind = place.compare === null ? "burst" : place.compare === "now" ? "now" : "version";
  const format = history.format;
  const opened = liveFormat(live);
  // What was no notebook is no version of one; a notebook mends a file that is none now.
  const fits = deleted || opened === format || (format === "notebook" && opened === "text");
  const body: BodyProps = {
    ...{ history, path, deleted, mayWrite, person, now, live, place, version, shown, said, playing, choose },
    ...{ onRestored, onBringBack, close },
    isNewest:
      version === list.version && (list.histories.find((each) => each.current)?.history_id ?? null) === list.historyId,
  };
  return (
    <>
      <div className="history-main">
        <HistoryHead
          {...{ version, authors, at, now, person, deleted, compare, setCompare }}
          names={namedWithin(named, version, version).map((each) => each.name)}
          mayName={mayName}
          blame={format === "notebook" ? null : blameOn}
          hasNow={!deleted && (opened === null || opened === format)}
          mayRestore={(deleted ? mayWrite : live.writable) && exact !== null && fits}
          play={(chosen) => {
            setPace(chosen);
            play();
          }}
        />
        <TimeBar
          {...{ list, version, mayName, said, slider, playing, pace, setPace, earlier, later, compared }}
          play={toggle}
          slide={(to) => {
            pause();
            slideTo(newestIsNull(to));
          }}
          slideCompared={(to) => go({ compare: to }, "slide")}
        />
        {format === "notebook" ? (
          <NotebookBody {...body} />
        ) : format === "text" || list.problem !== null ? (
          <TextBody {...body} />
        ) : (
          <div className="history-text" />
        )}
      </div>
      <aside className="history-side" aria-label="History panel">
        <PanelHead title="History" close="Close the history" onClose={close} />
        <BurstList {...{ history, list, named, naming, mayWrite, person, version, place, go, choose, now, deleted }} />
      </aside>
      <NameDialog naming={naming} focus={slider} />
    </>
  );
}

/** The time, in milliseconds, for what is said relative to it. */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
