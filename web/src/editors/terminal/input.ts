/** What keys, pastes and the key bar of a phone send. Pure. */

const utf8 = new TextEncoder();

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return utf8.encode(text);
}

/** Of text in which each character is one byte, as xterm.js reports old mouse protocols. */
export function bytesOfBinary(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}

export interface Held {
  ctrl: boolean;
  alt: boolean;
}

/** One typed character, as if Ctrl or Alt had been held; more of them are no key, and stay as they are. */
export function withHeld(data: string, { ctrl, alt }: Held): string {
  if ([...data].length !== 1) return data;
  const code = data.toUpperCase().charCodeAt(0);
  const control = ctrl && code >= 0x3f && code <= 0x5f ? String.fromCharCode(code === 0x3f ? 0x7f : code & 0x1f) : data;
  const typed = ctrl && data === " " ? "\0" : control;
  return alt ? `\x1b${typed}` : typed;
}

const ARROWS = { ArrowUp: "A", ArrowDown: "B", ArrowRight: "C", ArrowLeft: "D" } as const;
export type Arrow = keyof typeof ARROWS;

/** An arrow key as the program wants it now. */
export function arrow(key: Arrow, applicationMode: boolean, { ctrl, alt }: Held): string {
  const modifier = 1 + (alt ? 2 : 0) + (ctrl ? 4 : 0);
  if (modifier > 1) return `\x1b[1;${modifier}${ARROWS[key]}`;
  return `\x1b${applicationMode ? "O" : "["}${ARROWS[key]}`;
}

/** How many lines a paste has, an end of line at its end aside. */
export function linesIn(text: string): number {
  return text.replace(/(\r\n?|\n)$/, "").split(/\r\n?|\n/).length;
}

/**
 * Pasted text as it is sent. What would end the brackets early, and with them the protection that they give, is taken out:
 * escape characters, which no text has.
 */
export function pasted(text: string, bracketed: boolean): string {
  const lines = text.replace(/\r?\n/g, "\r");
  return bracketed ? `\x1b[200~${lines.replaceAll("\x1b", "")}\x1b[201~` : lines;
}

/** Reports that nobody means as typing: that the focus came or went, and that the mouse moved over. */
export function isReport(data: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
  return /^\x1b\[(?:[IO]|<(?:35|39|43|47|51|55|59|63);\d+;\d+[Mm])$/.test(data);
}

/** Places in a file that programs print: `src/a.py:12`, `./b/c.txt`. */
export interface PrintedPath {
  path: string;
  line?: number;
  /** Where it is in the text. */
  from: number;
  to: number;
}

const PATH =
  /(?:^|[\s"'`([])((?:\.{1,2}\/|~\/)?[\w.@+-]+(?:\/[\w.@+-]+)*\.\w{1,10})(?::(\d+)(?::\d+)?|", line (\d+))?/g;

export function printedPaths(text: string): PrintedPath[] {
  const found: PrintedPath[] = [];
  for (const match of text.matchAll(PATH)) {
    const path = match[1] ?? "";
    const line = match[2] ?? match[3];
    // Without a folder and a line it is as likely a word with a dot.
    if (line === undefined && !path.includes("/")) continue;
    const from = match.index + match[0].indexOf(path);
    found.push({ path, ...(line ? { line: Number(line) } : {}), from, to: match.index + match[0].length });
  }
  return found;
}

/** A printed path as one of the project's, out of the directory that the program is in; null when it leads out. */
export function pathInProject(printed: string, directory: string): string | null {
  const start = printed.startsWith("~/") ? [] : directory.split("/");
  const parts: string[] = [];
  for (const part of [...start, ...printed.replace(/^~\//, "").split("/")]) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length > 0 ? parts.join("/") : null;
}
