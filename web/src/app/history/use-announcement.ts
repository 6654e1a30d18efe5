import { useEffect, useState } from "react";
import { toast } from "../../ui/toast-queue";
import { count } from "../words";
import { changeInWords, type ShownComparison } from "./use-comparison";

/** What comes quickly after each other is not said: only what it ends with. */
const REST_MS = 700;

interface AnnouncementOptions {
  version: number;
  /** Who made it and when. */
  said: string;
  comparison: ShownComparison | null;
  current: number | null;
  playing: boolean;
}

/** What assistive technology says politely: the version that was gone to, and the change. */
export function useAnnouncement({ version, said, comparison, playing }: AnnouncementOptions) {
  const [text, setText] = useState("");
  const changes = comparison?.hunks.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: not when only the time that is said moves on
  useEffect(() => {
    if (playing || changes === undefined) return;
    const timer = setTimeout(() => setText(`Version ${version}${said}: ${count(changes, "change")}`), REST_MS);
    return () => clearTimeout(timer);
  }, [version, changes, playing]);

  const tell = (words: string, show = false) => {
    if (show) toast(words);
    else setText(words);
  };
  const tellChange = (index: number | null) => {
    if (index === null || comparison === null) return;
    const [at, all] = [index + 1, comparison.hunks.length].map((number) => number.toLocaleString("en"));
    tell(`Change ${at} of ${all}, line ${lineOf(comparison, index)}: ${changeInWords(comparison, index)}`);
  };
  return { said: text, tell, tellChange };
}

function lineOf(comparison: ShownComparison, index: number): number {
  const { side, hunks } = comparison;
  const before = comparison[side].slice(0, hunks[index]?.[side].from ?? 0);
  return before.split("\n").length;
}
