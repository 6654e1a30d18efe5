import { useCallback, useEffect, useRef, useState } from "react";
import { navigate } from "../navigation";
import { useProject } from "../project/context";
import { type HistoryPlace, historyUrl } from "../routes";

/** While a slider moves the URL rests; browsers refuse one that changes too often. */
const WRITE_AFTER_MS = 300;

/** How one goes to another place: a step can be taken back with the browser's Back, what a slider passes cannot. */
export type Go = (part: Partial<HistoryPlace>, how?: "step" | "slide") => void;

/** What of a history is shown, as the URL says, which follows. */
export function usePlace(path: string, deleted: boolean, given: HistoryPlace): { place: HistoryPlace; go: Go } {
  const { projectId } = useProject();
  const [place, setPlace] = useState(given);
  const newest = useRef(given);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const urlOf = useCallback(
    (place: HistoryPlace) => historyUrl(projectId, path, place, deleted),
    [projectId, path, deleted],
  );
  /** The URL as it was last seen or written. */
  const url = useRef(urlOf(given));

  const named = urlOf(given);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `named` is all of `given`
  useEffect(() => {
    if (named === url.current) return;
    url.current = named;
    clearTimeout(timer.current);
    newest.current = given;
    setPlace(given);
  }, [named]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const go = useCallback<Go>(
    (part, how = "step") => {
      newest.current = { ...newest.current, ...part };
      setPlace(newest.current);
      clearTimeout(timer.current);
      const write = (replace: boolean) => {
        const next = urlOf(newest.current);
        if (next === url.current) return;
        url.current = next;
        navigate(next, { replace });
      };
      if (how === "step") write(false);
      else timer.current = setTimeout(() => write(true), WRITE_AFTER_MS);
    },
    [urlOf],
  );
  return { place, go };
}
