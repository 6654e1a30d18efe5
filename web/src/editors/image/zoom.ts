/** How large a picture is shown. Pure. */

export interface Size {
  width: number;
  height: number;
}

/** "fit": as large as there is room, and never larger than it is. */
export type Zoom = "fit" | number;

export const MIN_ZOOM = 0.02;
export const MAX_ZOOM = 64;
/** Steps that people know. */
const STEPS = [0.02, 0.05, 0.1, 0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

/** Pixels of the screen for one of the picture. */
export function scaleOf(zoom: Zoom, picture: Size, room: Size): number {
  if (zoom !== "fit") return zoom;
  return Math.min(1, room.width / Math.max(1, picture.width), room.height / Math.max(1, picture.height));
}

/** The next larger or smaller step. */
export function stepFrom(scale: number, direction: 1 | -1): number {
  const steps = direction > 0 ? STEPS : STEPS.toReversed();
  const next = steps.find((step) => (direction > 0 ? step > scale * 1.001 : step < scale * 0.999));
  return next ?? (direction > 0 ? MAX_ZOOM : MIN_ZOOM);
}

/** After a turn of the wheel. */
export function wheeled(scale: number, delta: number): number {
  return Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, scale * Math.exp(-delta / 300)));
}

/** Where to scroll so that what is below the pointer stays there. */
export function scrollFor(scroll: number, pointer: number, before: number, after: number): number {
  return ((scroll + pointer) * after) / before - pointer;
}

export const percent = (scale: number): string =>
  `${scale < 0.1 ? (scale * 100).toFixed(1) : Math.round(scale * 100)} %`;
