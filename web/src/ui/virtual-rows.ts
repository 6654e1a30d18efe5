/** Which rows of a long list are in view, for lists of any length: browsers cannot scroll what is very high. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

/** Browsers lose precision, and then all of it, beyond some tens of millions. */
export const MAX_SCROLL_PIXELS = 8_000_000;

export interface Extent {
  count: number;
  rowHeight: number;
  /** Of the box, without what stays above the rows. */
  viewHeight: number;
}

/** The height that is scrolled through, and how many pixels of the list one of it stands for. */
export function scrollExtent({ count, rowHeight, viewHeight }: Extent): {
  height: number;
  ratio: number;
  most: number;
} {
  const whole = count * rowHeight;
  const height = Math.min(whole, MAX_SCROLL_PIXELS);
  const most = Math.max(0, whole - viewHeight);
  const ratio = whole > MAX_SCROLL_PIXELS ? most / Math.max(1, height - viewHeight) : 1;
  return { height, ratio, most };
}

export interface VirtualRows {
  box: RefObject<HTMLDivElement | null>;
  /** Of the element inside of the box that makes it scroll. */
  scrollHeight: number;
  viewHeight: number;
  viewWidth: number;
  /** The rows to draw, and the last of them. */
  first: number;
  last: number;
  /** Where a row is drawn, in pixels below the top of the rows in view. */
  topOf(row: number): number;
  /** Rows that fit whole. */
  page: number;
  scrollTo(row: number, place?: "nearest" | "start"): void;
  onScroll(): void;
}

/**
 * Rows of one height. What is drawn lies in a layer that sticks to the top of the box and is as high as the box; so rows
 * are exact to the pixel however far one has scrolled. Past `MAX_SCROLL_PIXELS` the scroll bar is coarse and the wheel is not.
 */
export function useVirtualRows(count: number, rowHeight: number, headHeight = 0): VirtualRows {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 800, height: 600 });
  const [top, setTop] = useState(0);
  const told = useRef(-1);
  const viewHeight = Math.max(rowHeight, size.height - headHeight);
  const extent = useMemo(() => scrollExtent({ count, rowHeight, viewHeight }), [count, rowHeight, viewHeight]);
  const newest = useRef({ top, extent, viewHeight });
  newest.current = { top: Math.min(top, extent.most), extent, viewHeight };

  const moveTo = useCallback((wanted: number) => {
    const { extent } = newest.current;
    const next = Math.max(0, Math.min(extent.most, wanted));
    newest.current.top = next;
    setTop(next);
    const element = box.current;
    if (!element) return;
    element.scrollTop = next / extent.ratio;
    told.current = element.scrollTop;
  }, []);
  const onScroll = useCallback(() => {
    const element = box.current;
    if (!element || Math.abs(element.scrollTop - told.current) < 1) return;
    told.current = -1;
    setTop(element.scrollTop * newest.current.extent.ratio);
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const coarse = extent.ratio > 1;
  useEffect(() => {
    const element = box.current;
    if (!element || !coarse) return;
    const onWheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.shiftKey || event.deltaY === 0) return;
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 3 * rowHeight : event.deltaMode === 2 ? newest.current.viewHeight : 1;
      moveTo(newest.current.top + event.deltaY * unit);
      element.scrollLeft += event.deltaX;
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [coarse, rowHeight, moveTo]);

  const at = newest.current.top;
  const scrollTo = useCallback(
    (row: number, place: "nearest" | "start" = "nearest") => {
      const { top, viewHeight } = newest.current;
      const start = row * rowHeight;
      if (place === "start" || start < top) moveTo(start);
      else if (start + rowHeight > top + viewHeight) moveTo(start + rowHeight - viewHeight);
    },
    [rowHeight, moveTo],
  );
  return {
    box,
    scrollHeight: extent.height + headHeight,
    viewHeight: size.height,
    viewWidth: size.width,
    first: Math.max(0, Math.floor(at / rowHeight)),
    last: Math.min(count - 1, Math.ceil((at + viewHeight) / rowHeight)),
    topOf: (row) => headHeight + row * rowHeight - at,
    page: Math.max(1, Math.floor(viewHeight / rowHeight) - 1),
    scrollTo,
    onScroll,
  };
}
