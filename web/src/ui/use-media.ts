import { useSyncExternalStore } from "react";

/** Does a media query hold? Follows changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

/** One pane, bottom bar, sheets. The style sheets have the same bound. */
export const PHONE = "(max-width: 640px)";
