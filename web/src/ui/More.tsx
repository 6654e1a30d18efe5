import { useEffect, useRef } from "react";
import { Button } from "./Button";

/** How many of a long list are drawn at once. */
export const PORTION = 50;
/** Before the end is in view, so that who scrolls does not see it. */
const AHEAD = "600px";

/**
 * The end of a list of which only a part is drawn: more of it comes when one scrolls there, or presses the button. What was
 * drawn stays, and the focus with it.
 */
export function More({ drawn, total, onMore }: { drawn: number; total: number; onMore(drawn: number): void }) {
  const end = useRef<HTMLDivElement>(null);
  const newest = useRef(onMore);
  newest.current = onMore;
  useEffect(() => {
    const place = end.current;
    if (!place || drawn >= total) return;
    const seen = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) newest.current(drawn + PORTION);
      },
      { rootMargin: AHEAD },
    );
    seen.observe(place);
    return () => seen.disconnect();
  }, [drawn, total]);
  if (drawn >= total) return null;
  return (
    <div ref={end}>
      <Button onPress={() => onMore(drawn + PORTION)}>
        Show {Math.min(PORTION, total - drawn)} more of {total.toLocaleString("en")}
      </Button>
    </div>
  );
}
