import { type MouseEvent, type RefObject, useLayoutEffect, useMemo, useRef } from "react";
import { resolveIn } from "../notebook/attachments";
import { Markdown } from "../notebook/outputs/markdown/Markdown";
import { colourCode } from "./colour-code";

interface MarkdownPreviewProps {
  projectId: string;
  path: string;
  text: string;
  place: RefObject<HTMLDivElement | null>;
  open(path: string): void;
  onScroll(): void;
  /** It was drawn anew. */
  onDrawn(): void;
}

const NO_ATTACHMENTS = { attachments: {} };

/** Markdown as it reads: drawn in the page by what draws the cells of notebooks, sanitised. */
export function MarkdownPreview(props: MarkdownPreviewProps) {
  const { projectId, path, text, place, open, onDrawn } = props;
  const resolve = useMemo(() => resolveIn(projectId, path, NO_ATTACHMENTS), [projectId, path]);
  const drawn = useRef(onDrawn);
  drawn.current = onDrawn;
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each text that was drawn
  useLayoutEffect(() => {
    if (!place.current) return;
    drawn.current();
    colourCode(place.current).catch(() => undefined); // it stays in one colour
  }, [text]);
  const follow = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const href = link?.getAttribute("href") ?? "";
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const inside = `/projects/${projectId}/edit/`;
    if (href.startsWith("#")) {
      event.preventDefault();
      headingOf(event.currentTarget, decoded(href.slice(1)))?.scrollIntoView();
    } else if (href.startsWith(inside)) {
      event.preventDefault();
      open(decoded(href.slice(inside.length)));
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: one of two parts of an editor
    // biome-ignore lint/a11y/useKeyWithClickEvents: for the links inside, which have their keys
    <div
      ref={place}
      className="live-preview live-markdown"
      role="region"
      aria-label={`Preview of ${path}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
      tabIndex={0}
      onClick={follow}
      onScroll={props.onScroll}
    >
      <Markdown source={text} resolve={resolve} lines />
    </div>
  );
}

/** The heading that a link names as GitHub would. */
function headingOf(place: Element, name: string): Element | undefined {
  return [...place.querySelectorAll("h1, h2, h3, h4, h5, h6")].find(
    (heading) => slug(heading.textContent ?? "") === name.toLowerCase(),
  );
}

const slug = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
