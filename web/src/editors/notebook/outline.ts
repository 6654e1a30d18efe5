/** The headings of a notebook's Markdown cells. Pure: sources in, headings out. */

export interface Heading {
  /** Of the cell. */
  id: string;
  level: number;
  text: string;
  /** Which heading of its cell it is, counted from 0. */
  nth: number;
}

const ATX = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
/** What begins a block of its own, so that a line of `-` below it is a rule and no underline. */
const NO_PARAGRAPH = /^ {0,3}(?:[-*+>|]|\d+[.)] |#|$)|^(?: {4}|\t)/;

/** The headings of Markdown sources, in their order. */
export function headingsOf(sources: Iterable<{ id: string; text: string }>): Heading[] {
  const found: Heading[] = [];
  for (const { id, text } of sources) {
    let nth = 0;
    for (const { level, words } of headingLines(text)) found.push({ id, level, text: plainWords(words), nth: nth++ });
  }
  return found;
}

function* headingLines(text: string): Generator<{ level: number; words: string }> {
  let fence: string | null = null;
  let before = "";
  for (const line of text.split("\n")) {
    const mark = FENCE.exec(line)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = null;
      before = "";
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      before = "";
      continue;
    }
    const atx = ATX.exec(line);
    const under = UNDERLINE.exec(line)?.[1];
    if (atx?.[1]) {
      yield { level: atx[1].length, words: atx[2] ?? "" };
      before = "";
    } else if (under && before !== "") {
      yield { level: under.startsWith("=") ? 1 : 2, words: before };
      before = "";
    } else {
      before = NO_PARAGRAPH.test(line) ? "" : line.trim();
    }
  }
}

/** A heading as it reads, without the marks of Markdown. Mathematics stays as it is written. */
export function plainWords(words: string): string {
  return words
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<[^>]+>/g, "")
    .replace(/(\*\*|__|`)(.+?)\1/g, "$2")
    .replace(/(^|\W)[*_](\S.*?)[*_](?=\W|$)/g, "$1$2")
    .replace(/\\([\\`*_{}[\]()#+.!-])/g, "$1")
    .trim();
}

/** Which of the headings one is under, in the cell at `at` of the order; -1 above the first. */
export function headingAt(headings: readonly Heading[], order: readonly string[], at: number): number {
  const places = new Map(order.map((id, index) => [id, index]));
  return headings.findLastIndex(({ id }) => (places.get(id) ?? Number.POSITIVE_INFINITY) <= at);
}
