import { useEffect, useMemo, useRef, useState } from "react";
import "../../editors/text/text.css";
import type { DocumentHistory } from "../../store/document-history";
import { useObservable } from "../../store/react";
import { settings, theme } from "../../store/settings";
import { blame } from "../project/blame";
import { PanelHead } from "../project/PanelHead";
import type { HistoryPlace } from "../routes";
import { ago } from "../words";
import { BurstList } from "./BurstList";
import { ChangeBar } from "./ChangeBar";
import { type CompareKind, HistoryHead } from "./HistoryHead";
import { namesOf, type PersonOf } from "./people";
import { restore, type Undo } from "./restore";
import { TimeBar } from "./TimeBar";
import type { Here } from "./text-view";
import { useAnnouncement } from "./use-announcement";
import { useBlame } from "./use-blame";
import { useChanges } from "./use-changes";
import { useHistoryCommands } from "./use-commands";
import { useComparison, versionName } from "./use-comparison";
import type { LiveDocument } from "./use-live";
import type { Go } from "./use-place";
import { type Pace, usePlay } from "./use-play";
import { useTextView } from "./use-text-view";

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
  const { history, path, deleted, person, live, place, go, onRestored, onBringBack, close } = props;
  const list = useObservable(history.list);
  const shown = useObservable(history.shown);
  const blameOn = useObservable(blame);
  const { keys, fontSize, lineWrap } = useObservable(settings);
  const shownTheme = useObservable(theme);
  const now = useNow();
  const slider = useRef<HTMLInputElement>(null);
  const [here, setHere] = useState<Here | null>(null);
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
  const comparison = useComparison(shown, place.compare, live);
  const restorePart = useRef<(indexes?: readonly number[]) => void>(() => {});
  const { place: textPlace, view } = useTextView({
    path,
    settings: useMemo(() => ({ keys, fontSize, lineWrap, theme: shownTheme }), [keys, fontSize, lineWrap, shownTheme]),
    shown,
    comparison,
    onHere: setHere,
    onRestorePart: (index) => restorePart.current([index]),
    onVersion: (to) => choose(to),
  });
  const changes = useChanges({ view, comparison, here, live, playing });
  useBlame({ history, view, on: blameOn, version: playing ? null : (shown?.version ?? null), person, now });
  useEffect(() => slider.current?.focus(), []);

  const mayRestore = deleted ? props.mayWrite : live.writable;
  const mayRestorePart = !deleted && live.writable;
  const olderVersion = comparison?.olderVersion ?? null;
  useEffect(() => {
    view?.setParts(
      mayRestorePart && olderVersion !== null ? `Restore this part as it was in ${versionName(olderVersion)}` : null,
    );
  }, [view, mayRestorePart, olderVersion]);

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
  const restoreAll = () => {
    if (exact === null) return;
    if (deleted) onBringBack(exact.text);
    else if (live.document && live.writable) {
      onRestored(restore(live.document.client, exact.text), versionName(version));
      close();
    }
  };
  const announcement = useAnnouncement({ version, said, comparison, current: changes.current, playing });
  restorePart.current = (indexes = changes.meant) => {
    if (!mayRestorePart || indexes.length === 0) return;
    const undo = changes.restore(indexes);
    if (undo === null) announcement.tell("This part is like that already.", true);
    else onRestored(undo, indexes.length > 1 ? `${indexes.length} parts` : "a part");
    live.refresh();
  };
  const move = (by: 1 | -1) => announcement.tellChange(changes.move(by));
  useHistoryCommands({
    ...{ history, path, deleted, place, version, exact, mayRestore, mayRestorePart, earlier, later },
    play: toggle,
    move,
    meant: changes.meant.length,
    restorePart: () => restorePart.current(),
    restore: restoreAll,
  });

  const compare: CompareKind = place.compare === null ? "burst" : place.compare === "now" ? "now" : "version";
  return (
    <>
      <div className="history-main">
        <HistoryHead
          {...{ version, authors, at, now, person, deleted, compare, setCompare }}
          blame={blameOn}
          mayRestore={mayRestore && exact !== null}
          play={(chosen) => {
            setPace(chosen);
            play();
          }}
        />
        <TimeBar
          {...{ list, version, said, slider, playing, pace, setPace, earlier, later, compared }}
          play={toggle}
          slide={(to) => {
            pause();
            slideTo(newestIsNull(to));
          }}
          slideCompared={(to) => go({ compare: to }, "slide")}
        />
        <ChangeBar
          comparison={comparison}
          current={changes.current}
          meant={changes.meant.length}
          mayRestore={mayRestorePart}
          readOnly={deleted ? !props.mayWrite : live.document !== null && !live.writable}
          line={blameOn ? here : null}
          goToVersion={choose}
        />
        <div className="history-text" ref={textPlace} />
        <p className="visually-hidden" role="status">
          {announcement.said}
        </p>
      </div>
      <aside className="history-side" aria-label="History panel">
        <PanelHead title="History" close="Close the history" onClose={close} />
        <BurstList {...{ history, list, person, version, place, go, choose, now, deleted }} />
      </aside>
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
