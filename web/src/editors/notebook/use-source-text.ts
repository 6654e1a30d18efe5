import { useCallback, useSyncExternalStore } from "react";
import type { Text } from "yjs";

/** The text of a source, followed. */
export function useSourceText(text: Text): string {
  const subscribe = useCallback(
    (listener: () => void) => {
      text.observe(listener);
      return () => text.unobserve(listener);
    },
    [text],
  );
  return useSyncExternalStore(subscribe, () => text.toString());
}
