/** What was typed into the palette: files without a prefix (and `:12` a line in one), `>` commands, `@` people, `:` a line. */
export type PaletteInput =
  | { kind: "files"; text: string; line?: number; column?: number }
  | { kind: "commands"; text: string }
  | { kind: "people"; text: string }
  | { kind: "line"; line: number | null };

export function parsePalette(input: string): PaletteInput {
  const rest = input.replace(/^(.)\1*/, "").trim();
  switch (input[0]) {
    case ">":
      return { kind: "commands", text: rest };
    case "@":
      return { kind: "people", text: rest };
    case ":": {
      const line = Number(rest.split(":")[0]);
      return { kind: "line", line: Number.isInteger(line) && line > 0 ? line : null };
    }
    default: {
      const place = /^(.*?):(\d+)?(?::(\d+)?)?$/.exec(input.trim());
      if (!place) return { kind: "files", text: input.trim() };
      const [, text = "", line, column] = place;
      return {
        kind: "files",
        text,
        ...(Number(line) > 0 ? { line: Number(line) } : {}),
        ...(Number(line) > 0 && Number(column) > 0 ? { column: Number(column) } : {}),
      };
    }
  }
}

/**
 * How well `text` fits what was typed; null when it does not. Every letter must come in order; beginnings of words and
 * runs of letters count more, and so does a match in the last name of a path.
 */
export function score(query: string, text: string): number | null {
  if (!query) return 0;
  const wanted = query.toLowerCase().replaceAll(" ", "");
  const lower = text.toLowerCase();
  const nameStart = lower.lastIndexOf("/") + 1;
  let total = 0;
  let at = 0;
  let run = 0;
  for (const letter of wanted) {
    const found = lower.indexOf(letter, at);
    if (found < 0) return null;
    run = found === at && at > 0 ? run + 1 : 0;
    const beginsWord = found === 0 || /[\s/._-]/.test(lower[found - 1] ?? "");
    total += 1 + run * 2 + (beginsWord ? 4 : 0) + (found >= nameStart ? 1 : 0);
    at = found + 1;
  }
  const exact = lower.indexOf(query.toLowerCase());
  if (exact >= 0) total += 10 + (exact === nameStart ? 10 : 0);
  return total - text.length / 100;
}

/** The best `limit` of `items`, in order of fit; equal ones stay in the order they came in. */
export function rank<T>(query: string, items: readonly T[], textOf: (item: T) => string, limit: number): T[] {
  if (!query) return items.slice(0, limit);
  const scored: { item: T; fit: number }[] = [];
  for (const item of items) {
    const fit = score(query, textOf(item));
    if (fit !== null) scored.push({ item, fit });
  }
  return scored
    .sort((a, b) => b.fit - a.fit)
    .slice(0, limit)
    .map(({ item }) => item);
}
