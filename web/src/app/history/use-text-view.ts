import { useEffect, useRef, useState } from "react";
import type { EditorSettings } from "../../editors/types";
import type { ShownVersion } from "../../store/document-history";
import { HistoryTextView, type HistoryViewOptions } from "./text-view";
import type { ShownComparison } from "./use-comparison";

interface TextViewOptions extends HistoryViewOptions {
  settings: EditorSettings;
  shown: ShownVersion | null;
  comparison: ShownComparison | null;
}

/** The view of the version's text, in the element that `place` is given to. */
export function useTextView({ path, settings, shown, comparison, ...acts }: TextViewOptions) {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<HistoryTextView | null>(null);
  const newest = useRef(acts);
  newest.current = acts;
  const revealed = useRef("");

  useEffect(() => {
    if (!place.current) return;
    const made = new HistoryTextView(place.current, {
      path,
      onHere: (here) => newest.current.onHere(here),
      onRestorePart: (index) => newest.current.onRestorePart(index),
      onVersion: (version) => newest.current.onVersion(version),
    });
    setView(made);
    return () => {
      setView(null);
      made.destroy();
    };
  }, [path]);
  useEffect(() => view?.apply(settings), [view, settings]);
  useEffect(() => {
    if (!view || !shown) return;
    // Where somebody goes on typing in the text that it is compared with, the view stays where it is.
    const key = comparison?.key ?? "";
    view.show(shown.text, comparison, comparison?.side ?? "newer", key !== revealed.current);
    revealed.current = key;
  }, [view, shown, comparison]);
  return { place, view };
}
