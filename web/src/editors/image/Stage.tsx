import { type PointerEvent, type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { type Size, scaleOf, scrollFor, wheeled, type Zoom } from "./zoom";

interface StageProps {
  label: string;
  picture: Size;
  zoom: Zoom;
  onZoom(zoom: Zoom): void;
  onScale(scale: number): void;
  /** Scrolls along with another stage. */
  along?: RefObject<HTMLDivElement | null>;
  place?: RefObject<HTMLDivElement | null>;
  /** Draws the picture, or several above each other, in this many pixels of the screen. */
  children(size: Size, scale: number): ReactNode;
}

/** The room in which a picture lies: it scrolls, is dragged, and grows and shrinks around the pointer. */
export function Stage({ label, picture, zoom, onZoom, onScale, along, place, children }: StageProps) {
  const own = useRef<HTMLDivElement>(null);
  const box = place ?? own;
  const [room, setRoom] = useState<Size>({ width: 0, height: 0 });
  const scale = scaleOf(zoom, picture, room);
  const size = { width: picture.width * scale, height: picture.height * scale };
  const newest = useRef({ scale, onZoom });
  newest.current = { scale, onZoom };
  /** Where the pointer was when the scale changed. */
  const pointer = useRef<{ x: number; y: number; scale: number } | null>(null);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setRoom({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  const tell = useRef(onScale);
  tell.current = onScale;
  useLayoutEffect(() => {
    tell.current(scale);
    const element = box.current;
    const at = pointer.current;
    if (!element || !at) return;
    element.scrollLeft = scrollFor(element.scrollLeft, at.x, at.scale, scale);
    element.scrollTop = scrollFor(element.scrollTop, at.y, at.scale, scale);
    pointer.current = null;
  }, [scale, box]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // A pinch on a touch pad arrives as a wheel with Control.
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const frame = element.getBoundingClientRect();
      const { scale, onZoom } = newest.current;
      pointer.current = { x: event.clientX - frame.left, y: event.clientY - frame.top, scale };
      onZoom(wheeled(scale, event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [box]);
  const drag = useDrag(box, newest, pointer);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a picture that can be moved, which has no element of its own
    <div
      ref={box}
      className="image-stage"
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
      tabIndex={0}
      onScroll={() => {
        if (!along?.current || !box.current) return;
        along.current.scrollLeft = box.current.scrollLeft;
        along.current.scrollTop = box.current.scrollTop;
      }}
      {...drag}
    >
      <div className="image-sheet" style={size}>
        {children(size, scale)}
      </div>
    </div>
  );
}

/** One pointer moves the picture, two pinch it. */
function useDrag(
  box: RefObject<HTMLDivElement | null>,
  newest: RefObject<{ scale: number; onZoom(zoom: Zoom): void }>,
  pointer: RefObject<{ x: number; y: number; scale: number } | null>,
) {
  const down = useRef(new Map<number, { x: number; y: number }>());
  const apart = () => {
    const [one, other] = [...down.current.values()];
    return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
  };
  const up = (event: PointerEvent) => {
    down.current.delete(event.pointerId);
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      if (event.button !== 0 || (event.target as Element).closest("input, button")) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      down.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    onPointerMove: (event: PointerEvent) => {
      const element = box.current;
      const last = down.current.get(event.pointerId);
      if (!last || !element) return;
      const before = apart();
      down.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (down.current.size === 1) {
        element.scrollLeft -= event.clientX - last.x;
        element.scrollTop -= event.clientY - last.y;
      } else if (before > 0) {
        const frame = element.getBoundingClientRect();
        const points = [...down.current.values()];
        const middle = (of: "x" | "y") => points.reduce((sum, point) => sum + point[of], 0) / points.length;
        const { scale, onZoom } = newest.current;
        pointer.current = { x: middle("x") - frame.left, y: middle("y") - frame.top, scale };
        onZoom(wheeled(scale, -300 * Math.log(Math.max(0.1, apart()) / before)));
      }
    },
    onPointerUp: up,
    onPointerCancel: up,
  };
}
