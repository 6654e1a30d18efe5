import { useEffect, useRef } from "react";
import type { EditorStatus } from "../types";

/** Tells the frame of a file that is looked at and not edited: what it is called, and where in it one is. */
export function useViewerStatus(onStatus: (status: EditorStatus) => void, state: string, place?: string): void {
  const tell = useRef(onStatus);
  tell.current = onStatus;
  useEffect(() => {
    const save = { kind: "disk" as const, waiting: 0, since: 0, online: true };
    tell.current({ save, state, people: [], ...(place ? { place } : {}) });
  }, [state, place]);
}
