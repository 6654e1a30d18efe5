import { useEffect, useState } from "react";
import type { DocumentHistory } from "../../store/document-history";

export type Pace = "slow" | "normal" | "fast" | "bursts";

export const PACES: readonly { value: Pace; label: string; play: string }[] = [
  { value: "slow", label: "Edit by edit", play: "Play edit by edit" },
  { value: "normal", label: "Normal speed", play: "Play at normal speed" },
  { value: "fast", label: "Fast", play: "Play fast" },
  { value: "bursts", label: "Change by change", play: "Play change by change" },
];

/** How long a version stays on the screen, and in about how many steps a long history is played. */
const FRAMES: Record<Pace, { ms: number; steps: number }> = {
  slow: { ms: 250, steps: Number.POSITIVE_INFINITY },
  normal: { ms: 60, steps: 400 },
  fast: { ms: 60, steps: 80 },
  bursts: { ms: 1_500, steps: 400 },
};

interface Player {
  history: DocumentHistory;
  pace: Pace;
  version: number;
  last: number;
  /** The version whose text is on the screen: the next one waits for it. */
  shown: number | null;
  choose(version: number | null): void;
}

/** The version after this one in a film of the history. */
export function nextFrame(history: DocumentHistory, pace: Pace, version: number, last: number): number {
  const burst = pace === "bursts" ? history.burstOf(version + 1) : undefined;
  return burst?.last ?? version + Math.max(1, Math.ceil(last / FRAMES[pace].steps));
}

/** Plays the versions from where the slider is, or from the first when it is at the end. */
export function usePlay({ history, pace, version, last, shown, choose }: Player) {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing || shown !== version) return;
    if (version >= last) {
      setPlaying(false);
      return;
    }
    const next = nextFrame(history, pace, version, last);
    const timer = setTimeout(() => choose(next >= last ? null : next), FRAMES[pace].ms);
    return () => clearTimeout(timer);
  }, [playing, history, pace, version, last, shown, choose]);
  const toggle = () => {
    if (!playing && version >= last) choose(1);
    setPlaying(!playing);
  };
  const play = () => {
    if (!playing) toggle();
  };
  return { playing, toggle, play, pause: () => setPlaying(false) };
}
