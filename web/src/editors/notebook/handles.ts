/** The cells on the screen, for whoever has to do with their elements: the focus, and whether they are near the view. */
import { flushSync } from "react-dom";
import type { FocusWish, Mode } from "./session";

/** So far from the view a cell gets its editor. */
const AHEAD = "800px 0px";
/** Nobody reads what passes faster than so many pixels a millisecond: no editors are made for it. */
const FAST = 4;
/** After a fast scroll it is at rest when it was not fast for so long. */
const REST_MS = 120;

export interface CellHandle {
  element: HTMLElement;
  focus(mode: Mode, at: FocusWish["at"]): void;
  near(is: boolean): void;
  /** Draws what is in the cell, if that was put off. */
  draw(): void;
}

export class CellHandles {
  readonly #cells = new Map<string, CellHandle>();
  readonly #ids = new WeakMap<Element, string>();
  #watcher: IntersectionObserver | null = null;
  #idle: number | undefined;
  #restsAt = 0;
  readonly #arriving = new Set<string>();
  /** Nothing is drawn in these yet. */
  readonly #empty = new Set<string>();
  /** What is in it acts on the active cell, and is moved there. */
  readonly toolbar = document.createElement("div");

  readonly placeToolbar = (place: HTMLElement | null): void => {
    place?.append(this.toolbar);
  };

  /** Watches what comes near the view of this element. */
  watch(root: HTMLElement): () => void {
    const watcher = new IntersectionObserver((entries) => this.#seen(entries), { root, rootMargin: AHEAD });
    this.#watcher = watcher;
    for (const { element } of this.#cells.values()) watcher.observe(element);
    this.#takeSome();
    let [before, at] = [root.scrollTop, performance.now()];
    const scrolled = () => {
      const now = performance.now();
      if (Math.abs(root.scrollTop - before) > FAST * (now - at)) this.#restsAt = now + REST_MS;
      [before, at] = [root.scrollTop, now];
    };
    root.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      root.removeEventListener("scroll", scrolled);
      watcher.disconnect();
      this.#watcher = null;
    };
  }

  add(id: string, handle: CellHandle, isEmpty: boolean): () => void {
    this.#cells.set(id, handle);
    if (isEmpty) this.#empty.add(id);
    this.#ids.set(handle.element, id);
    this.#watcher?.observe(handle.element);
    return () => {
      if (this.#cells.get(id) === handle) this.#cells.delete(id);
      this.#empty.delete(id);
      this.#watcher?.unobserve(handle.element);
    };
  }

  get(id: string): CellHandle | undefined {
    return this.#cells.get(id);
  }

  /** Editors are made one at a time, when there is time: a list that is scrolled fast stays smooth. */
  #seen(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const id = this.#ids.get(target);
      if (id === undefined) continue;
      if (isIntersecting) {
        this.#arriving.add(id);
      } else {
        this.#arriving.delete(id);
        this.#cells.get(id)?.near(false);
      }
    }
    this.#takeSome();
  }

  #takeSome(): void {
    if (this.#idle !== undefined || (this.#arriving.size === 0 && this.#empty.size === 0)) return;
    const rest = this.#restsAt - performance.now();
    if (rest > 0) {
      this.#idle = window.setTimeout(() => {
        this.#idle = undefined;
        this.#takeSome();
      }, rest);
      return;
    }
    this.#idle = whenIdle((hasTime) => {
      this.#idle = undefined;
      do this.#takeOne();
      while (hasTime());
      this.#takeSome();
    });
  }

  /**
   * A cell that came near, else one of which nothing is drawn yet: a notebook is there when what one sees of it is, and the
   * rest of its cells follow. Drawn before this returns, so that the time that is left is known.
   */
  #takeOne(): void {
    for (const waiting of [this.#arriving, this.#empty]) {
      for (const id of waiting) {
        waiting.delete(id);
        const cell = this.#cells.get(id);
        if (!cell) continue;
        flushSync(() => (waiting === this.#empty ? cell.draw() : cell.near(true)));
        return;
      }
    }
  }
}

function whenIdle(act: (hasTime: () => boolean) => void): number {
  if (!globalThis.requestIdleCallback) return requestAnimationFrame(() => act(() => false));
  return requestIdleCallback((deadline) => act(() => deadline.timeRemaining() > 8), { timeout: 200 });
}
