/** Markdown as Jupyter knows it (GitHub's, with mathematics) to HTML, which is still to be sanitised. */
import MarkdownIt from "markdown-it";
import { math } from "./math";

let markdown: InstanceType<typeof MarkdownIt> | null = null;

/** With `lines`, blocks have a class `line-12` with the line, from 1, in which they begin. */
export function renderMarkdown(source: string, { lines = false } = {}): string {
  markdown ??= new MarkdownIt({ html: true, linkify: true }).use(math).use(lineClasses);
  return markdown.render(source, { lines });
}

function lineClasses(markdown: InstanceType<typeof MarkdownIt>): void {
  markdown.core.ruler.push("lines", (state) => {
    if (!(state.env as { lines?: boolean }).lines) return;
    for (const token of state.tokens) {
      if (token.map && token.nesting >= 0 && token.type !== "inline")
        token.attrJoin("class", `line-${token.map[0] + 1}`);
    }
  });
}
