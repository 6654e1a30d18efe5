import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import type { Divider as Line } from "./split";

const STEP = 0.05;

interface DividerProps {
  line: Line;
  /** What it lies between, in the plural: "terminals". */
  what: string;
  /** Of the two, which together have the room: the share of the first. `done` once the hand is off. */
  onMove(share: number, done: boolean): void;
}

/** The line between two parts of a room: drag it, or use the arrow keys on it. */
export function Divider({ line, what, onMove }: DividerProps) {
  const beside = line.direction === "row";
  const start = useRef<{ at: number; share: number; pixels: number } | null>(null);
  const place = (event: PointerEvent) => (beside ? event.clientX : event.clientY);
  const shareAt = (event: PointerEvent) => {
    const { at, share, pixels } = start.current ?? { at: 0, share: line.share, pixels: 1 };
    return share + (place(event) - at) / pixels;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const back = beside ? "ArrowLeft" : "ArrowUp";
    const on = beside ? "ArrowRight" : "ArrowDown";
    if (event.key !== back && event.key !== on) return;
    event.preventDefault();
    onMove(line.share + (event.key === on ? STEP : -STEP), true);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a window splitter, which has no element of its own
    <div
      className={`divider ${line.direction}`}
      role="separator"
      aria-orientation={beside ? "vertical" : "horizontal"}
      aria-label={beside ? `Width of the ${what} beside it` : `Height of the ${what} above and below`}
      aria-valuenow={Math.round(line.share * 100)}
      aria-valuemin={10}
      aria-valuemax={90}
      tabIndex={0}
      style={{
        left: `${line.box.left * 100}%`,
        top: `${line.box.top * 100}%`,
        ...(beside ? { height: `${line.box.height * 100}%` } : { width: `${line.box.width * 100}%` }),
      }}
      onPointerDown={(event) => {
        const whole = event.currentTarget.parentElement?.getBoundingClientRect();
        if (!whole) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        const pixels = line.room * (beside ? whole.width : whole.height);
        start.current = { at: place(event), share: line.share, pixels };
      }}
      onPointerMove={(event) => start.current && onMove(shareAt(event), false)}
      onPointerUp={(event) => {
        if (start.current) onMove(shareAt(event), true);
        start.current = null;
      }}
      onPointerCancel={() => {
        start.current = null;
      }}
      onKeyDown={onKeyDown}
    />
  );
}
