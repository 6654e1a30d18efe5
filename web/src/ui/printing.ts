/**
 * What is printed is the page itself, by `styles/print.css`. Parts that are drawn only near to the view, such as the outputs
 * of a notebook, are all drawn while it lasts: they ask `usePrinted`.
 */
import type { RefObject } from "react";
import { flushSync } from "react-dom";
import { Observable } from "../net/observable";
import { useObservable } from "../store/react";
import { theme } from "../store/settings";

/** `whole`: there is time to draw what takes some; else it is the browser's own "Print", which waits for nothing. */
interface Printed {
  root: Element;
  whole: boolean;
}

const printed = new Observable<Printed | null>(null);

/** Longer than this nothing is waited for: what is not drawn by then is missing on paper. */
const DRAWN_WITHIN_MS = 15_000;
/** Parts that say that they are not done. */
const BUSY = ".output-waiting";
/** How long a frame is in view at most, and how often it can draw at least. */
const SEEN_MS = 1_500;
const SEEN_DRAWINGS = 6;
/** So long nothing may change before it counts as drawn. */
const QUIET_MS = 300;

/** Whether an element is printed now and has to be drawn, wherever it is. */
export function usePrinted(element: RefObject<Element | null>): "no" | "quick" | "whole" {
  const now = useObservable(printed);
  if (now === null || element.current === null || !now.root.contains(element.current)) return "no";
  return now.whole ? "whole" : "quick";
}

/** Draws everything of the document that is shown, then opens the browser's print dialog. */
export async function printPage(): Promise<void> {
  const root = shownDocument();
  if (root === null || printed.get() !== null) return;
  let began = false;
  const seen = () => {
    began = true;
  };
  addEventListener("beforeprint", seen, { once: true });
  const middle = inTheMiddleOf(root);
  begin({ root, whole: true });
  try {
    await drawn(root);
    middle?.scrollIntoView({ block: "center" });
    print();
  } finally {
    removeEventListener("beforeprint", seen);
    // A browser that prints says so when it is done, which may be later.
    if (!began) end();
  }
}

/** Follows the browser's own "Print" too. */
export function followPrinting(): () => void {
  const start = () => {
    const root = shownDocument();
    if (root !== null) begin({ root, whole: false });
  };
  addEventListener("beforeprint", start);
  addEventListener("afterprint", end);
  return () => {
    removeEventListener("beforeprint", start);
    removeEventListener("afterprint", end);
    end();
  };
}

function shownDocument(): Element | null {
  return document.querySelector(".editor-panel[data-current]");
}

/** What a person looks at, to lead them back there. */
function inTheMiddleOf(root: Element): Element | undefined {
  const { left, top, width, height } = root.getBoundingClientRect();
  const there = document.elementsFromPoint(left + width / 2, top + height / 2);
  return there.find((element) => root.contains(element) && element !== root);
}

/** Paper is white, whatever the theme. */
function begin(what: Printed): void {
  if (printed.get() !== null) return;
  document.documentElement.dataset.theme = "light";
  flushSync(() => printed.set(what));
}

function end(): void {
  if (printed.get() === null) return;
  document.documentElement.dataset.theme = theme.get();
  printed.set(null);
}

/** All frames and pictures are there, and nothing grows or comes any more. */
async function drawn(root: Element): Promise<void> {
  const until = performance.now() + DRAWN_WITHIN_MS;
  const late = new Promise<void>((resolve) => setTimeout(resolve, DRAWN_WITHIN_MS));
  await Promise.race([late, quiet(root, late)]);
  for (const frame of root.querySelectorAll(".output-frame")) {
    if (performance.now() > until) break;
    await seen(frame);
  }
  await Promise.race([late, quiet(root, late)]);
  // A picture that is far from the view is decoded only when somebody asks.
  const pictures = [...root.querySelectorAll("img")].map((picture) => {
    picture.loading = "eager";
    return picture.decode().catch(() => undefined);
  });
  await Promise.race([late, Promise.all(pictures)]);
}

/** Browsers give no time for drawing to a frame that is out of view, so each is brought there for a moment. */
async function seen(frame: Element): Promise<void> {
  const until = performance.now() + SEEN_MS;
  frame.scrollIntoView({ block: "center" });
  for (let drawings = 0; drawings < SEEN_DRAWINGS || frame.matches("[aria-busy=true]"); drawings++) {
    await new Promise(requestAnimationFrame);
    if (performance.now() > until) return;
  }
}

function quiet(root: Element, late: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const done = () => {
      changes.disconnect();
      clearTimeout(timer);
      resolve();
    };
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => (root.querySelector(BUSY) ? wait() : done()), QUIET_MS);
    };
    const changes = new MutationObserver(wait);
    // Frames tell their height once they have drawn, and it is set on them.
    changes.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
    wait();
    void late.then(done);
  });
}
