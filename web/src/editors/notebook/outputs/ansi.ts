/**
 * Text as a terminal shows it: colours (16, 256 and any), weights, links, and lines that are written over. Pure, and fed in
 * parts, so that a stream that grows is never read twice. Other sequences are dropped.
 */

export interface Span {
  text: string;
  /** Classes of `ansi.css`. */
  classes: string;
  /** Colours beyond the sixteen, as CSS writes them. */
  style: { color?: string; background?: string };
  href?: string;
}

export type Line = readonly Span[];

/** Lines that are drawn, and drawn anew, together. */
export const CHUNK_LINES = 200;

interface Pen {
  fg: number | string | null;
  bg: number | string | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  strike: boolean;
  reverse: boolean;
}

const PLAIN: Pen = {
  fg: null,
  bg: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  reverse: false,
};
const NO_STYLE = {};
/** A control sequence (CSI), an operating system command (OSC), another escape, or a control character. */
const CONTROL = new RegExp(
  [
    String.raw`\x1b\[([0-?]*)[ -/]*([@-~])`,
    String.raw`\x1b\]([^\x07\x1b]*)(?:\x07|\x1b\\|$)`,
    String.raw`\x1b[ -/]*[0-~]?`,
    String.raw`[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f]`,
  ].join("|"),
  "g",
);
const UNFINISHED = new RegExp([String.raw`\x1b(?:\[[0-?]*[ -/]*`, String.raw`\][^\x07\x1b]*\x1b?)?$`].join("|"));
const MAX_HREF = 2_000;

export function parseAnsi(text: string): Line[] {
  const parsed = new AnsiText();
  parsed.feed(text);
  return parsed.chunks.flat();
}

/** The text that is seen, alone. */
export function withoutColours(text: string): string {
  return parseAnsi(text)
    .map((line) => line.map((span) => span.text).join(""))
    .join("\n");
}

export class AnsiText {
  /** Each an array that is replaced when a line of it changes. */
  #chunks: Line[][] = [[[]]];
  #row = 0;
  #lines = 1;
  /** Where the next character goes; null is the end of the line. */
  #column: number | null = null;
  #pen: Pen = PLAIN;
  #classes = "";
  #style: Span["style"] = NO_STYLE;
  #href: string | undefined;
  /** The beginning of a sequence whose end has not come yet. */
  #rest = "";
  /** What was made since it was last handed out, and may be changed: numbers of chunks, and lines. */
  #freshChunks = new Set<number>();
  #freshLines = new Set<Line>();

  get chunks(): readonly (readonly Line[])[] {
    return this.#chunks;
  }

  get lineCount(): number {
    // What ends with a line break has no empty line after it.
    return this.#lines - (this.#line(this.#lines - 1).length === 0 ? 1 : 0);
  }

  feed(more: string): void {
    this.#freshChunks.clear();
    this.#freshLines.clear();
    this.#chunks = [...this.#chunks];
    let text = this.#rest + more;
    const cut = UNFINISHED.exec(text);
    this.#rest = cut && text.length - cut.index < MAX_HREF ? text.slice(cut.index) : "";
    text = text.slice(0, text.length - this.#rest.length);
    let from = 0;
    for (const match of text.matchAll(CONTROL)) {
      if (match.index > from) this.#write(text.slice(from, match.index));
      from = match.index + match[0].length;
      if (match[2] !== undefined) this.#control(match[1] ?? "", match[2]);
      else if (match[3] !== undefined) this.#command(match[3]);
      else this.#character(match[0]);
    }
    if (from < text.length) this.#write(text.slice(from));
  }

  #character(character: string): void {
    if (character === "\n") {
      this.#row += 1;
      this.#column = null;
      if (this.#row === this.#lines) this.#addLine();
    } else if (character === "\r") this.#column = 0;
    else if (character === "\b") this.#column = Math.max(0, (this.#column ?? this.#length()) - 1);
  }

  #control(numbers: string, final: string): void {
    const first = Number(numbers) || 0;
    if (final === "m") this.#setPen(numbers);
    else if (final === "A") this.#row = Math.max(0, this.#row - Math.max(1, first));
    else if (final === "B") this.#row = Math.min(this.#lines - 1, this.#row + Math.max(1, first));
    else if (final === "K") this.#erase(first);
    else if (final === "G") this.#column = Math.max(0, first - 1);
  }

  #command(command: string): void {
    const link = /^8;[^;]*;(.*)$/.exec(command);
    if (link) this.#href = webAddress(link[1] ?? "");
  }

  #erase(what: number): void {
    const column = this.#column ?? this.#length();
    if (what === 0) this.#setLine(slice(this.#line(this.#row), 0, column));
    else if (what === 2) this.#setLine([]);
    if (what === 2) this.#column = 0;
  }

  #write(text: string): void {
    const span: Span = { text, classes: this.#classes, style: this.#style };
    if (this.#href) span.href = this.#href;
    const line = this.#line(this.#row);
    const last = line.at(-1);
    const column = this.#column;
    const length = column === null ? 0 : lengthOf(line);
    if (column === null || column >= length) {
      const gap = column === null ? 0 : column - length;
      if (gap > 0) span.text = " ".repeat(Math.min(gap, 10_000)) + span.text;
      const own = this.#ownLine(line);
      if (last && last.classes === span.classes && last.style === span.style && last.href === span.href) {
        own[own.length - 1] = { ...last, text: last.text + span.text };
      } else own.push(span);
      if (column !== null) this.#column = column + text.length;
    } else {
      this.#setLine([...slice(line, 0, column), span, ...slice(line, column + text.length)]);
      this.#column = column + text.length;
    }
  }

  #line(row: number): Line {
    return this.#chunks[Math.floor(row / CHUNK_LINES)]?.[row % CHUNK_LINES] ?? [];
  }

  #length(): number {
    return lengthOf(this.#line(this.#row));
  }

  #setLine(line: Line): void {
    this.#ownChunk(Math.floor(this.#row / CHUNK_LINES))[this.#row % CHUNK_LINES] = line;
  }

  #ownLine(line: Line): Span[] {
    if (this.#freshLines.has(line)) return line as Span[];
    const own = [...line];
    this.#freshLines.add(own);
    this.#setLine(own);
    return own;
  }

  #addLine(): void {
    this.#lines += 1;
    this.#ownChunk(Math.floor(this.#row / CHUNK_LINES)).push([]);
  }

  /** A chunk that may be changed: one that was handed out before is copied first. */
  #ownChunk(index: number): Line[] {
    const chunk = this.#freshChunks.has(index) ? (this.#chunks[index] ?? []) : [...(this.#chunks[index] ?? [])];
    this.#freshChunks.add(index);
    this.#chunks[index] = chunk;
    return chunk;
  }

  #setPen(numbers: string): void {
    const codes = numbers.split(/[;:]/).map(Number);
    const pen = { ...this.#pen };
    for (let index = 0; index < codes.length; index++) {
      const code = codes[index] ?? 0;
      if (code === 38 || code === 48) {
        const { colour, used } = longColour(codes, index + 1);
        index += used;
        if (colour !== undefined) pen[code === 38 ? "fg" : "bg"] = colour;
      } else applyCode(pen, code);
    }
    this.#pen = pen;
    this.#classes = classesOf(pen);
    const style: Span["style"] = {};
    if (typeof pen.fg === "string") style.color = pen.fg;
    if (typeof pen.bg === "string") style.background = pen.bg;
    this.#style = Object.keys(style).length > 0 ? style : NO_STYLE;
  }
}

function applyCode(pen: Pen, code: number): void {
  if (code === 0) Object.assign(pen, PLAIN);
  else if (code === 1) pen.bold = true;
  else if (code === 2) pen.dim = true;
  else if (code === 3) pen.italic = true;
  else if (code === 4 || code === 21) pen.underline = true;
  else if (code === 7) pen.reverse = true;
  else if (code === 9) pen.strike = true;
  else if (code === 22) pen.bold = pen.dim = false;
  else if (code === 23) pen.italic = false;
  else if (code === 24) pen.underline = false;
  else if (code === 27) pen.reverse = false;
  else if (code === 29) pen.strike = false;
  else if (code >= 30 && code <= 37) pen.fg = code - 30;
  else if (code === 39) pen.fg = null;
  else if (code >= 40 && code <= 47) pen.bg = code - 40;
  else if (code === 49) pen.bg = null;
  else if (code >= 90 && code <= 97) pen.fg = code - 82;
  else if (code >= 100 && code <= 107) pen.bg = code - 92;
}

/** What follows 38 or 48: `5;n` of 256 colours, or `2;r;g;b`. */
function longColour(codes: readonly number[], at: number): { colour?: number | string; used: number } {
  if (codes[at] === 5) {
    const index = codes[at + 1] ?? 0;
    return { colour: index < 16 ? index : indexed(index), used: 2 };
  }
  if (codes[at] === 2) return { colour: rgb(codes.slice(at + 1, at + 4)), used: 4 };
  return { used: 0 };
}

function indexed(index: number): string {
  if (index >= 232) return rgb(Array(3).fill(8 + (index - 232) * 10));
  const cube = index - 16;
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  return rgb([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

function rgb(parts: readonly number[]): string {
  const [red = 0, green = 0, blue = 0] = parts.map((part) => Math.max(0, Math.min(255, part || 0)));
  return `rgb(${red} ${green} ${blue})`;
}

function classesOf(pen: Pen): string {
  const classes: string[] = [];
  if (pen.fg !== null) classes.push(typeof pen.fg === "number" ? `ansi-fg-${pen.fg}` : "ansi-fg");
  if (pen.bg !== null) classes.push(typeof pen.bg === "number" ? `ansi-bg-${pen.bg}` : "ansi-bg");
  for (const name of ["bold", "dim", "italic", "underline", "strike", "reverse"] as const) {
    if (pen[name]) classes.push(`ansi-${name}`);
  }
  return classes.join(" ");
}

function lengthOf(line: Line): number {
  return line.reduce((sum, span) => sum + span.text.length, 0);
}

function slice(line: Line, from: number, to = Number.POSITIVE_INFINITY): Span[] {
  const kept: Span[] = [];
  let at = 0;
  for (const span of line) {
    const text = span.text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (text !== "") kept.push({ ...span, text });
    at += span.text.length;
  }
  return kept;
}

/** An address that may be a link, or undefined. */
export function webAddress(text: string): string | undefined {
  return text.length <= MAX_HREF && /^(https?:\/\/|mailto:)/i.test(text) && URL.canParse(text) ? text : undefined;
}
