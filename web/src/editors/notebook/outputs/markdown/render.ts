/** Markdown as Jupyter knows it (GitHub's, with mathematics) to HTML, which is still to be sanitised. */
import MarkdownIt from "markdown-it";
import { math } from "./math";

let markdown: InstanceType<typeof MarkdownIt> | null = null;

export function renderMarkdown(source: string): string {
  markdown ??= new MarkdownIt({ html: true, linkify: true }).use(math);
  return markdown.render(source);
}
