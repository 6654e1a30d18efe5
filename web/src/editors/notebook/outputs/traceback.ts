/** The traceback of an error, as it is shown. Pure. */
import { withoutColours } from "./ansi";
import type { ErrorOutput } from "./types";

/** Of a long traceback the beginning and the end say most. */
const FOLDED_ABOVE = 6;
const SHOWN_FIRST = 2;
const SHOWN_LAST = 3;

export interface Traceback {
  /** All that is shown when nothing is folded, else the beginning. */
  first: readonly string[];
  /** What is folded. */
  middle: readonly string[];
  last: readonly string[];
}

/** Without what fills a terminal's width, and with the middle of a long one apart. Each part may have several lines. */
export function readTraceback({ traceback, name, value }: ErrorOutput): Traceback {
  const parts = traceback.filter((part, index) => index > 0 || !isRule(part)).map(narrow);
  if (parts.length === 0) parts.push(`${name}: ${value}`);
  if (parts.length <= FOLDED_ABOVE) return { first: parts, middle: [], last: [] };
  return {
    first: parts.slice(0, SHOWN_FIRST),
    middle: parts.slice(SHOWN_FIRST, -SHOWN_LAST),
    last: parts.slice(-SHOWN_LAST),
  };
}

/** IPython begins with a line of dashes. */
function isRule(part: string): boolean {
  return part.length < 1_000 && /^-+$/.test(withoutColours(part));
}

/** IPython moves the word "Traceback" to the right with spaces. */
function narrow(part: string): string {
  return part.replace(/ {3,}(?=Traceback \(most recent call last\)$)/, "  ");
}
