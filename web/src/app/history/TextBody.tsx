import { useEffect, useMemo, useRef, useState } from "react";
import { useObservable } from "../../store/react";
import { settings, theme } from "../../store/settings";
import { Button } from "../../ui/Button";
import { blame } from "../project/blame";
import { count } from "../words";
import { type BodyProps, liveFormat, readOnlyReason } from "./body";
import { ChangeBar } from "./ChangeBar";
import { restore } from "./restore";
import type { Here } from "./text-view";
import { useAnnouncement } from "./use-announcement";
import { useBlame } from "./use-blame";
import { useChanges } from "./use-changes";
import { useChangeCommands } from "./use-commands";
import { changeInWords, lineOf, sizeOf, useComparison, versionName } from "./use-comparison";
import { useTextView } from "./use-text-view";

/** A version of a text, with its marks. */
export function TextBody(props: BodyProps) {
  const { history, path, deleted, person, now, place, version, shown, said, playing, choose, onRestored } = props;
  const blameOn = useObservable(blame);
  const { keys, fontSize, lineWrap } = useObservable(settings);
  const shownTheme = useObservable(theme);
  const [here, setHere] = useState<Here | null>(null);
  const isNotebook = liveFormat(props.live) === "notebook";
  // A notebook is no text that this one could be restored into.
  const live = useMemo(
    () => (isNotebook ? { ...props.live, document: null, writable: false } : props.live),
    [props.live, isNotebook],
  );
  const comparison = useComparison(shown, place.compare, live);
  const restorePart = useRef<(indexes?: readonly number[]) => void>(() => {});
  const { place: textPlace, view } = useTextView({
    path,
    settings: useMemo(() => ({ keys, fontSize, lineWrap, theme: shownTheme }), [keys, fontSize, lineWrap, shownTheme]),
    shown,
    comparison,
    onHere: setHere,
    onRestorePart: (index) => restorePart.current([index]),
    onVersion: choose,
  });
  const changes = useChanges({ view, comparison, here, live, playing });
  useBlame({ history, view, on: blameOn, version: playing ? null : (shown?.version ?? null), person, now });

  const mayRestorePart = !deleted && live.writable;
  const olderVersion = comparison?.olderVersion ?? null;
  useEffect(() => {
    view?.setParts(
      mayRestorePart && olderVersion !== null ? `Restore this part as it was in ${versionName(olderVersion)}` : null,
    );
  }, [view, mayRestorePart, olderVersion]);

  const exact = shown?.version === version ? shown : null;
  const restoreAll = () => {
    if (exact === null) return;
    if (deleted) props.onBringBack(exact.text);
    else if (live.document && live.writable) {
      onRestored(restore(live.document.client, exact.text), versionName(version));
      props.close();
    }
  };
  const announcement = useAnnouncement({ version, said, changes: comparison?.hunks.length, playing });
  restorePart.current = (indexes = changes.meant) => {
    if (!mayRestorePart || indexes.length === 0) return;
    const undo = changes.restore(indexes);
    if (undo === null) announcement.tell("This part is like that already.", true);
    else onRestored(undo, indexes.length > 1 ? `${indexes.length} parts` : "a part");
    live.refresh();
  };
  const meant = changes.meant.length;
  useChangeCommands({
    canRestorePart: mayRestorePart && meant > 0,
    canRestore: (deleted ? props.mayWrite : live.writable) && exact !== null,
    move: (by) => {
      const index = changes.move(by);
      if (index === null || comparison === null) return;
      announcement.tellChange(index, `line ${lineOf(comparison, index)}: ${changeInWords(comparison, index)}`);
    },
    restorePart: () => restorePart.current(),
    restore: restoreAll,
  });

  const sizes = comparison ? sizeOf(comparison) : { here: 0, there: 0 };
  const [onlyHere, onlyThere] =
    comparison?.side === "older" ? ["only here", `only in ${comparison.other}`] : ["added", "removed"];
  const line = blameOn ? here : null;
  return (
    <>
      <ChangeBar
        here={`${count(sizes.here, "character")} ${onlyHere}`}
        there={`${count(sizes.there, "character")} ${onlyThere}`}
        changes={comparison?.hunks.length ?? 0}
        current={changes.current}
        restores={mayRestorePart ? (meant > 1 ? `Restore ${meant} parts` : "Restore this part") : null}
        canRestore={meant > 0}
      >
        <WhyNot words={isNotebook && !deleted ? WAS_NO_NOTEBOOK : readOnlyReason({ ...props, live })} />
        {line?.blame && (
          <span className="history-line" role="status">
            <span>{`Line ${line.line}: ${line.blame.title}`}</span>
            <Button look="plain" onPress={() => line.blame && choose(line.blame.version)}>
              Go there
            </Button>
          </span>
        )}
      </ChangeBar>
      <div className="history-text" ref={textPlace} />
      <p className="visually-hidden" role="status">
        {announcement.said}
      </p>
    </>
  );
}

const WAS_NO_NOTEBOOK = "The file was no notebook then. You can copy this text, or download it.";

export function WhyNot({ words }: { words: string | null }) {
  return words === null ? null : <span className="secondary">{words}</span>;
}
