/** Finding and replacing in all cells. Pure: places in, edits out. */

export interface Query {
  text: string;
  caseSensitive: boolean;
  isPattern: boolean;
}

export interface Match {
  id: string;
  from: number;
  to: number;
}

/** More than that nobody goes through. */
export const MOST_MATCHES = 5_000;

/** The expression to search by; a sentence when there is none. */
export function expressionOf({ text, caseSensitive, isPattern }: Query): RegExp | string {
  if (text === "") return "";
  const source = isPattern ? text : text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  try {
    return new RegExp(source, caseSensitive ? "gmu" : "gimu");
  } catch {
    return "This is no valid regular expression.";
  }
}

/** All places in these sources, in their order. */
export function findAll(sources: readonly { id: string; text: string }[], expression: RegExp): Match[] {
  const found: Match[] = [];
  for (const { id, text } of sources) {
    for (const match of text.matchAll(expression)) {
      if (match[0] === "") continue;
      found.push({ id, from: match.index, to: match.index + match[0].length });
      if (found.length >= MOST_MATCHES) return found;
    }
  }
  return found;
}

/** What stands for a match; `$1` is a group of a pattern. */
export function replacementOf(text: string, match: Match, expression: RegExp, by: string, isPattern: boolean): string {
  if (!isPattern) return by;
  const one = new RegExp(expression.source, expression.flags.replace("g", ""));
  return text.slice(match.from, match.to).replace(one, by);
}
