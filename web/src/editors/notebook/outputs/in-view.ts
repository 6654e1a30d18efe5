import { type RefObject, useEffect, useState } from "react";
import { usePrinted } from "../../../ui/printing";

/** How far from the view something is made. */
export const AHEAD = "800px 0px";

/** Whether an element has been near to the view, or to that of a box that scrolls, or was printed; once true, it stays so. */
export function useInView(element: RefObject<Element | null>, scroller?: RefObject<Element | null>): boolean {
  const [near, setNear] = useState(false);
  const printed = usePrinted(element) !== "no";
  if (printed && !near) setNear(true);
  useEffect(() => {
    if (near || !element.current) return;
    const seen = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setNear(true);
      },
      { rootMargin: AHEAD, root: scroller?.current ?? null },
    );
    seen.observe(element.current);
    return () => seen.disconnect();
  }, [element, scroller, near]);
  return near;
}
