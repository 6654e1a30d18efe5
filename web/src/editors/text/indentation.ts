/** How a file is indented: found from its lines, or by the habit of its language. */
import type { Text } from "@codemirror/state";

/** Lines that are looked at. */
const SAMPLE_LINES = 2_000;
const TABS_BY_NAME = /(^|\/)(GNUm|M|m)akefile(\..*)?$|\.(mk|go)$/;
const TWO_BY_NAME = /\.(js|jsx|ts|tsx|mjs|cjs|json|ipynb|ya?ml|html?|css|scss|md|markdown|tex|r|rb)$/i;

/** One step of indentation: a tab, or some spaces. */
export function detectIndentation(doc: Text, name: string): string {
  let tabs = 0;
  let previous = 0;
  const steps = new Map<number, number>();
  const lines = doc.iterLines(1, Math.min(doc.lines, SAMPLE_LINES) + 1);
  for (const line of lines) {
    const blank = line.search(/[^ \t]/);
    if (blank < 0) continue;
    if (line.startsWith("\t")) {
      tabs++;
      continue;
    }
    const step = Math.abs(blank - previous);
    if (step >= 2 && step <= 8) steps.set(step, (steps.get(step) ?? 0) + 1);
    previous = blank;
  }
  const [step, count] = [...steps].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? [0, 0];
  if (tabs > count) return "\t";
  if (count > 0) return " ".repeat(step);
  if (TABS_BY_NAME.test(name)) return "\t";
  return " ".repeat(TWO_BY_NAME.test(name) ? 2 : 4);
}

/** As the status bar says it. */
export function describeIndentation(unit: string): string {
  return unit === "\t" ? "Tabs" : `Spaces ${unit.length}`;
}
