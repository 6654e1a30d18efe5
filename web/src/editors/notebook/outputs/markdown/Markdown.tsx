import { useLayoutEffect, useRef } from "react";
import { type Macros, typeset } from "./katex";
import "./markdown.css";
import { renderMarkdown } from "./render";
import { type Resolve, sanitise } from "./sanitise";

export interface MarkdownProps {
  source: string;
  resolve?: Resolve;
  /** Definitions that the mathematics of a notebook shares. */
  macros?: Macros;
  /** Blocks tell by a class from which line they come. */
  lines?: boolean;
}

/** Markdown with mathematics, drawn in the page: its HTML is sanitised, and nothing of it runs. */
export function Markdown({ source, resolve, macros, lines }: MarkdownProps) {
  return <SafeHtml html={renderMarkdown(source, { lines })} resolve={resolve} macros={macros} />;
}

/** HTML of plain text, links, pictures and tables, sanitised. */
export function SafeHtml({ html, resolve, macros }: { html: string; resolve?: Resolve; macros?: Macros }) {
  const place = useRef<HTMLDivElement>(null);
  const how = useRef({ resolve, macros });
  how.current = { resolve, macros };
  useLayoutEffect(() => {
    const fragment = sanitise(html, how.current.resolve);
    tickTasks(fragment);
    place.current?.replaceChildren(fragment);
    if (place.current) typeset(place.current, how.current.macros).catch(() => {});
  }, [html]);
  return <div ref={place} className="markdown" />;
}

/** `- [x] done`: a list of tasks, which is ticked in the text. */
function tickTasks(fragment: DocumentFragment): void {
  for (const item of fragment.querySelectorAll("li")) {
    const first = item.firstChild?.nodeName === "P" ? item.firstChild.firstChild : item.firstChild;
    const mark = first?.nodeType === Node.TEXT_NODE && /^\s*\[([ xX])\]\s/.exec(first.textContent ?? "");
    if (!first || !mark) continue;
    first.textContent = (first.textContent ?? "").slice(mark[0].length);
    const box = document.createElement("input");
    box.type = "checkbox";
    box.disabled = true;
    box.checked = mark[1] !== " ";
    box.setAttribute("aria-label", box.checked ? "Done" : "To do");
    first.parentNode?.insertBefore(box, first);
    item.classList.add("task");
  }
}
