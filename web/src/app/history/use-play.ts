import { useEffect, useState } from "react";

/** A version stays on the screen for so long while the changes are played. */
const FRAME_MS = 60;
/** A long history is played in about as many steps. */
const STEPS = 400;

interface Player {
  version: number;
  last: number;
  /** The version whose text is on the screen: the next one waits for it. */
  shown: number | null;
  choose(version: number | null): void;
}

/** Plays the versions from where the slider is, or from the first when it is at the end. */
export function usePlay({ version, last, shown, choose }: Player): { playing: boolean; toggle(): void } {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing || shown !== version) return;
    if (version >= last) {
      setPlaying(false);
      return;
    }
    const next = version + Math.max(1, Math.ceil(last / STEPS));
    const timer = setTimeout(() => choose(next >= last ? null : next), FRAME_MS);
    return () => clearTimeout(timer);
  }, [playing, version, last, shown, choose]);
  const toggle = () => {
    if (!playing && version >= last) choose(1);
    setPlaying(!playing);
  };
  return { playing, toggle };
}
