/** Typesets mathematics. KaTeX is loaded when there is some. */
import { MATH } from "./math";

/** Definitions (`\newcommand`) that later mathematics may use: one object for all of a notebook. */
export type Macros = Record<string, string>;

const MAX_SOURCE = 20_000;

/** Sets all mathematics in an element; what is no mathematics is shown as it was written, with the reason. */
export async function typeset(place: ParentNode, macros: Macros = {}): Promise<void> {
  const found = [...place.querySelectorAll<HTMLElement>(`code.${MATH}`)];
  if (found.length === 0) return;
  const katex = await loadKatex();
  for (const element of found) {
    const display = element.title === "block";
    const set = document.createElement("span");
    set.className = display ? "math block" : "math";
    katex.render(prepare(element.textContent ?? ""), set, {
      displayMode: display,
      throwOnError: false,
      errorColor: "var(--danger)",
      strict: "ignore",
      trust: false,
      maxExpand: 1_000,
      maxSize: 50,
      globalGroup: true,
      macros,
    });
    element.replaceWith(set);
  }
}

/** KaTeX numbers nothing that could be referred to. */
function prepare(source: string): string {
  return source
    .slice(0, MAX_SOURCE)
    .replace(/\\label\{[^}]*\}/g, "")
    .replace(/\\eqref\{([^}]*)\}/g, "(\\text{$1})")
    .replace(/\\ref\{([^}]*)\}/g, "\\text{$1}");
}

async function loadKatex() {
  const [{ default: katex }] = await Promise.all([import("katex"), import("katex/dist/katex.min.css")]);
  return katex;
}
