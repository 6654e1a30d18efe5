/**
 * Mathematics in Markdown, as Jupyter writes it: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, and `\begin{…}…\end{…}` with no dollars
 * around it. It is left for KaTeX in elements of the class `MATH`.
 */
import type { MarkdownIt } from "markdown-it";

export const MATH = "math-source";

interface Inline {
  src: string;
  pos: number;
  posMax: number;
  push(type: string, tag: string, nesting: 0): { content: string; markup: string };
}

/** What begins mathematics and what ends it; `env` for an environment, whose end depends on its name. */
const PAIRS: readonly [open: string, close: string, display: boolean][] = [
  ["$$", "$$", true],
  ["\\\\(", "\\\\)", false],
  ["\\\\[", "\\\\]", true],
  ["\\(", "\\)", false],
  ["\\[", "\\]", true],
];
const ENVIRONMENT = /^\\begin\{([a-zA-Z]+\*?)\}/;

/** The mathematics that begins at a place of a text, or null. */
export function mathAt(text: string, at: number): { source: string; display: boolean; end: number } | null {
  const environment = text[at] === "\\" && ENVIRONMENT.exec(text.slice(at, at + 40));
  if (environment) {
    const close = `\\end{${environment[1]}}`;
    const end = text.indexOf(close, at);
    return end < 0 ? null : { source: text.slice(at, end + close.length), display: true, end: end + close.length };
  }
  for (const [open, close, display] of PAIRS) {
    if (!text.startsWith(open, at)) continue;
    const end = text.indexOf(close, at + open.length);
    if (end > at + open.length) {
      return { source: text.slice(at + open.length, end), display, end: end + close.length };
    }
  }
  return text[at] === "$" ? dollar(text, at) : null;
}

/** `$…$`: not prices. As in Pandoc, no space inside of either dollar, and no digit after the second. */
function dollar(text: string, at: number): { source: string; display: boolean; end: number } | null {
  if (/\s|\$|^$/.test(text.charAt(at + 1))) return null;
  for (let end = at + 1; end < text.length; end++) {
    const character = text[end];
    if (character === "\\") end += 1;
    else if (character === "\n" && text[end + 1] === "\n") return null;
    else if (character === "$") {
      if (/\s/.test(text.charAt(end - 1)) || /\d/.test(text.charAt(end + 1))) return null;
      return { source: text.slice(at + 1, end), display: false, end: end + 1 };
    }
  }
  return null;
}

export function math(markdown: MarkdownIt): void {
  markdown.inline.ruler.before("escape", "math", (state: Inline, silent: boolean) => {
    const character = state.src[state.pos];
    if (character !== "$" && character !== "\\") return false;
    const found = mathAt(state.src, state.pos);
    if (!found || found.end > state.posMax) return false;
    if (!silent) {
      const token = state.push("math", "code", 0);
      token.content = found.source;
      token.markup = found.display ? "block" : "inline";
    }
    state.pos = found.end;
    return true;
  });
  // A block may hold empty lines, and what looks like lists or headings.
  markdown.block.ruler.before(
    "fence",
    "math_block",
    (state, startLine, endLine, silent) => {
      const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
      if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4) return false;
      const first = state.src.slice(start, state.eMarks[startLine]);
      if (!/^(\$\$|\\\\?\[|\\begin\{)/.test(first)) return false;
      const found = mathAt(state.src.slice(0, state.eMarks[endLine - 1]), start);
      if (!found?.display) return false;
      let line = startLine;
      while (line < endLine && (state.eMarks[line] ?? 0) < found.end) line += 1;
      if (line >= endLine || state.src.slice(found.end, state.eMarks[line]).trim() !== "") return false;
      if (silent) return true;
      const token = state.push("math", "code", 0);
      token.block = true;
      token.content = found.source;
      token.markup = "block";
      token.map = [startLine, line + 1];
      state.line = line + 1;
      return true;
    },
    { alt: ["paragraph", "reference", "blockquote", "list"] },
  );
  markdown.renderer.rules.math = (tokens, index) => {
    const token = tokens[index];
    return `<code class="${MATH}" title="${token?.markup}">${markdown.utils.escapeHtml(token?.content ?? "")}</code>`;
  };
}
