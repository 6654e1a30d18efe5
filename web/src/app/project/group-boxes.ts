import type { CSSProperties } from "react";
import type { Box } from "../../ui/split/split";

const percent = (share: number) => `${Number((share * 100).toFixed(4))}%`;

/** The place of a group. */
export function boxStyle({ left, top, width, height }: Box): CSSProperties {
  return { left: percent(left), top: percent(top), width: percent(width), height: percent(height) };
}

/** The place of what a group shows, below its tabs. */
export function panelStyle(box: Box): CSSProperties {
  return {
    ...boxStyle(box),
    top: `calc(${percent(box.top)} + var(--tab-strip))`,
    height: `calc(${percent(box.height)} - var(--tab-strip))`,
  };
}

/** The order in which documents were opened. */
export const numberOf = (key: string): number => Number(key.slice(key.lastIndexOf("-") + 1));
