import { useCallback, useEffect, useRef, useState } from "react";
import { Since } from "../../sync/compose";
import { restoreParts, type Undo } from "./restore";
import type { Here, HistoryTextView } from "./text-view";
import type { ShownComparison } from "./use-comparison";
import type { LiveDocument } from "./use-live";

interface ChangesOptions {
  view: HistoryTextView | null;
  comparison: ShownComparison | null;
  here: Here | null;
  live: LiveDocument;
  playing: boolean;
}

/** The changes of a comparison: the one that is meant, going to others, and restoring them. */
export function useChanges({ view, comparison, here, live, playing }: ChangesOptions) {
  const count = comparison?.hunks.length ?? 0;
  const [current, setCurrent] = useState<number | null>(null);
  const since = useRef<Since | null>(null);
  const client = live.document?.client;

  // Other texts: the first change is meant, which is in view. As the live text moves on, the one after that which went.
  const key = useRef("");
  useEffect(() => {
    const last = (comparison?.hunks.length ?? 0) - 1;
    const same = key.current === comparison?.key;
    setCurrent((old) => (last < 0 || playing ? null : same && old !== null ? Math.min(old, last) : 0));
    key.current = comparison?.key ?? "";
    return () => {
      since.current?.stop();
      since.current = null;
    };
  }, [comparison, playing]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another comparison was shown without it
  useEffect(() => view?.setCurrent(current), [view, current, comparison]);

  // The cursor goes to a change: that one is meant.
  const [selectedFirst] = here?.selected ?? [];
  useEffect(() => {
    if (selectedFirst !== undefined && here?.moved) setCurrent(selectedFirst);
  }, [selectedFirst, here]);

  const move = (by: 1 | -1): number | null => {
    if (count === 0) return null;
    const next = current === null ? (by > 0 ? 0 : count - 1) : (current + by + count) % count;
    setCurrent(next);
    view?.setCurrent(next, true);
    return next;
  };

  /** Makes these parts of the open document as they were; null when they are like that already. */
  const restore = useCallback(
    (indexes: readonly number[]): Undo | null => {
      if (comparison === null || !client) return null;
      if (since.current?.text !== client.text || since.current.start !== comparison.newer) {
        since.current?.stop();
        since.current = new Since(comparison.newer, client.text);
      }
      const hunks = indexes.flatMap((index) => comparison.hunks[index] ?? []);
      return restoreParts(client, hunks, since.current.edits);
    },
    [comparison, client],
  );

  const selected = here?.selected.filter((index) => index < count) ?? [];
  /** What the buttons act on: all that is selected, or the change that is meant. */
  const meant = selected.length > 1 ? selected : current === null || current >= count ? [] : [current];
  return { count, current, meant, move, restore };
}
