import type { TextQuery } from "../../protocol/generated";

/** What the fields and switches of the panel say. */
export interface FindForm {
  text: string;
  replacement: string;
  /** The field for the replacement is shown, and what it would do. */
  replaces: boolean;
  case: boolean;
  word: boolean;
  regex: boolean;
  hidden: boolean;
  /** The fields for names are shown. */
  filters: boolean;
  include: string;
  exclude: string;
  /** Lines around each match are shown. */
  context: boolean;
}

export const EMPTY_FORM: FindForm = {
  text: "",
  replacement: "",
  replaces: false,
  case: false,
  word: false,
  regex: false,
  hidden: false,
  filters: false,
  include: "",
  exclude: "",
  context: false,
};

export const CONTEXT_LINES = 2;

/** Patterns of names between commas; a comma within braces is part of one. */
export function splitGlobs(text: string): string[] {
  const globs: string[] = [];
  let depth = 0;
  let start = 0;
  const add = (end: number) => {
    const glob = text.slice(start, end).trim();
    if (glob) globs.push(glob);
    start = end + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === "{") depth++;
    else if (sign === "}") depth = Math.max(0, depth - 1);
    else if (sign === "," && depth === 0) add(at);
  }
  add(text.length);
  return globs;
}

/** What is searched for; null for nothing. */
export function queryOf(form: FindForm): TextQuery | null {
  if (!form.text) return null;
  return {
    text: form.text,
    regex: form.regex,
    case: form.case,
    word: form.word,
    hidden: form.hidden,
    include: splitGlobs(form.include),
    exclude: splitGlobs(form.exclude),
    replacement: form.replaces ? form.replacement : null,
  };
}
