import { useEffect, useRef, useState } from "react";
import { toast } from "../../ui/toast-queue";
import { count } from "../words";

/** What comes quickly after each other is not said: only what it ends with. */
const REST_MS = 700;

interface AnnouncementOptions {
  version: number;
  /** Who made it and when. */
  said: string;
  /** How many there are; undefined while that is not known. */
  changes: number | undefined;
  playing: boolean;
}

/** What assistive technology says politely: the version that was gone to, and the change. */
export function useAnnouncement({ version, said, changes, playing }: AnnouncementOptions) {
  const [text, setText] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: not when only the time that is said moves on
  useEffect(() => {
    if (playing || changes === undefined) return;
    timer.current = setTimeout(() => setText(`Version ${version}${said}: ${count(changes, "change")}`), REST_MS);
    return () => clearTimeout(timer.current);
  }, [version, changes, playing]);

  const tell = (words: string, show = false) => {
    // What was done since is the news.
    clearTimeout(timer.current);
    if (show) toast(words);
    else setText(words);
  };
  /** One of the changes, by its index. */
  const tellChange = (index: number | null, words: string) => {
    if (index === null || changes === undefined) return;
    const [at, all] = [index + 1, changes].map((number) => number.toLocaleString("en"));
    tell(`Change ${at} of ${all}, ${words}`);
  };
  return { said: text, tell, tellChange };
}
