/**
 * How many frames live at once. Each is a page of its own with its own scripts, one with a plot some tens of megabytes; so of
 * those that are far from the view the one that was near the longest ago is taken away, and made again when it comes near.
 */
import { type RefObject, useEffect, useRef, useState } from "react";
import { usePrinted } from "../../../ui/printing";
import { AHEAD } from "./in-view";

export const MAX_LIVING = 24;

interface Living {
  near: boolean;
  /** Takes it away; answers false when a person is in it. */
  release(): boolean;
}

export class FrameBudget {
  /** Those that were seen last come last. */
  readonly #living = new Map<object, Living>();

  constructor(private readonly max: number) {}

  /** A frame came near to the view, or went away from it. */
  move(frame: object, near: boolean, release: () => boolean): void {
    if (!near && !this.#living.has(frame)) return;
    this.#living.delete(frame);
    this.#living.set(frame, { near, release });
    if (this.#living.size > this.max) this.#shrink();
  }

  leave(frame: object): void {
    this.#living.delete(frame);
  }

  #shrink(): void {
    for (const [frame, { near, release }] of [...this.#living]) {
      if (this.#living.size <= this.max) return;
      if (!near && release()) this.#living.delete(frame);
    }
  }
}

const budget = new FrameBudget(MAX_LIVING);

/** Whether the frame in this place is to be there. */
export function useLiving(place: RefObject<HTMLElement | null>): boolean {
  const [living, setLiving] = useState(false);
  const near = useRef(false);
  const printed = usePrinted(place) !== "no";
  if (printed && !living) setLiving(true);
  useEffect(() => {
    if (!printed && !near.current) setLiving(false);
  }, [printed]);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const release = () => {
      if (element.contains(document.activeElement)) return false;
      setLiving(false);
      return true;
    };
    const seen = new IntersectionObserver(
      (entries) => {
        near.current = entries.at(-1)?.isIntersecting ?? false;
        if (near.current) setLiving(true);
        budget.move(element, near.current, release);
      },
      { rootMargin: AHEAD },
    );
    seen.observe(element);
    return () => {
      seen.disconnect();
      budget.leave(element);
    };
  }, [place]);
  return living;
}
