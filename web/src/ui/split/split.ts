/** How parts share a room, side by side and one above another. Pure: boxes are fractions of the whole. */

/** Side by side, or one above another. */
export type Direction = "row" | "column";

/** A part of the room: one thing, or parts in a direction. A share counts beside those of its neighbours. */
export interface Part<P> {
  direction?: Direction | null;
  parts?: readonly P[];
  share?: number;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A line between two parts that can be moved. */
export interface Divider {
  /** Which part of which part holds the two. */
  path: readonly number[];
  /** It lies behind this one of them. */
  index: number;
  direction: Direction;
  /** Where it is; without extent across. */
  box: Box;
  /** The room of the two together, along the direction. */
  room: number;
  /** The share of the first in that, 0 to 1. */
  share: number;
}

export interface Placed {
  panes: ReadonlyMap<string, Box>;
  dividers: readonly Divider[];
}

/** No part becomes smaller than this, of the two that a line lies between. */
export const SMALLEST_SHARE = 0.1;

export const WHOLE: Box = { left: 0, top: 0, width: 1, height: 1 };

/** Where everything is; `leafOf` names the thing that a part is, or nothing for one that has parts. */
export function placed<P extends Part<P>>(layout: P, leafOf: (part: P) => string | null | undefined): Placed {
  const panes = new Map<string, Box>();
  const dividers: Divider[] = [];
  walk(layout, WHOLE, []);
  return { panes, dividers };

  function walk(part: P, box: Box, path: readonly number[]): void {
    const leaf = leafOf(part);
    if (leaf != null) {
      panes.set(leaf, box);
      return;
    }
    const parts = part.parts ?? [];
    const direction = part.direction ?? "row";
    const total = parts.reduce((sum, one) => sum + shareOf(one), 0);
    let begin = 0;
    for (const [index, one] of parts.entries()) {
      const size = total > 0 ? shareOf(one) / total : 1 / parts.length;
      walk(one, slice(box, direction, begin, size), [...path, index]);
      begin += size;
      const next = parts[index + 1];
      if (!next) continue;
      const both = shareOf(one) + shareOf(next);
      dividers.push({
        path,
        index,
        direction,
        box: slice(box, direction, begin, 0),
        room: (direction === "row" ? box.width : box.height) * (both / total),
        share: shareOf(one) / both,
      });
    }
  }
}

const shareOf = (part: { share?: number }) => Math.max(part.share ?? 1, 0.001);

function slice(box: Box, direction: Direction, begin: number, size: number): Box {
  return direction === "row"
    ? { ...box, left: box.left + box.width * begin, width: box.width * size }
    : { ...box, top: box.top + box.height * begin, height: box.height * size };
}

/** The layout with a line moved, so that the first of its two parts has this share of their room. */
export function moved<P extends Part<P>>(layout: P, divider: Divider, share: number): P {
  const [first, ...rest] = divider.path;
  const parts = layout.parts ?? [];
  if (first !== undefined) {
    return {
      ...layout,
      parts: parts.map((part, index) => (index === first ? moved(part, { ...divider, path: rest }, share) : part)),
    };
  }
  const [one, two] = [parts[divider.index], parts[divider.index + 1]];
  if (!one || !two) return layout;
  const both = shareOf(one) + shareOf(two);
  const wanted = Math.max(SMALLEST_SHARE, Math.min(1 - SMALLEST_SHARE, share));
  return {
    ...layout,
    parts: parts.map((part) => {
      if (part === one) return { ...part, share: both * wanted };
      return part === two ? { ...part, share: both * (1 - wanted) } : part;
    }),
  };
}

export type Side = "left" | "right" | "up" | "down";

/** The thing on one side of another: of those that touch it there, the one beside its middle. */
export function neighbour(panes: ReadonlyMap<string, Box>, id: string, side: Side): string | null {
  const from = panes.get(id);
  if (!from) return null;
  const across = side === "left" || side === "right";
  const middle = across ? from.top + from.height / 2 : from.left + from.width / 2;
  let best: { id: string; distance: number; off: number } | null = null;
  for (const [other, box] of panes) {
    const distance = {
      left: from.left - (box.left + box.width),
      right: box.left - (from.left + from.width),
      up: from.top - (box.top + box.height),
      down: box.top - (from.top + from.height),
    }[side];
    if (other === id || distance < -1e-6) continue;
    const [begin, size] = across ? [box.top, box.height] : [box.left, box.width];
    const off = Math.max(0, begin - middle, middle - (begin + size));
    if (!best || distance < best.distance - 1e-6 || (distance < best.distance + 1e-6 && off < best.off))
      best = { id: other, distance, off };
  }
  return best?.id ?? null;
}
