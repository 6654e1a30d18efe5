/**
 * HTML that is drawn in the page itself: Markdown, and outputs of plain text, links and tables. It is sanitised, and nothing
 * that could run, load or cover something is let through; what needs more is drawn in a sandboxed frame.
 */
import DOMPurify, { type Config } from "dompurify";
import { MATH } from "./math";

const TAGS =
  "a abbr b blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre progress q rp rt ruby s samp small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr".split(
    " ",
  );
const ATTRIBUTES =
  "href title alt src width height colspan rowspan scope align valign start reversed open lang dir value max datetime class".split(
    " ",
  );
export const ALLOWED_TAGS: ReadonlySet<string> = new Set(TAGS);
export const ALLOWED_ATTRIBUTES: ReadonlySet<string> = new Set(ATTRIBUTES);

const CONFIG: Config = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: ATTRIBUTES,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  // The usual ones, and files that are attached to a cell.
  ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto|attachment):|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
  RETURN_DOM_FRAGMENT: true,
};
/** Classes that Markdown itself makes; any other could take on a look of the page. */
const CLASSES = new RegExp(`^(${MATH}|line-\\d{1,8}|language-[\\w+#-]{1,40})$`);
const INLINE_PICTURE = /^data:image\/(png|jpeg|gif|webp|avif|svg\+xml)[;,]/i;

export interface Resolve {
  /** Where a link that is not one to another site leads; null where it leads nowhere. */
  link?(href: string): string | null;
  /** The address of a picture that is in the project or attached to the cell; null where there is none. */
  picture?(src: string): string | null;
}

/** HTML as elements that may be put into the page. */
export function sanitise(html: string, resolve: Resolve = {}): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, CONFIG) as unknown as DocumentFragment;
  for (const element of fragment.querySelectorAll("[class]")) {
    const kept = [...element.classList].filter((name) => CLASSES.test(name));
    if (kept.length > 0) element.className = kept.join(" ");
    else element.removeAttribute("class");
  }
  for (const link of fragment.querySelectorAll("a")) setLink(link, resolve);
  for (const image of fragment.querySelectorAll("img")) setPicture(image, resolve);
  for (const table of fragment.querySelectorAll("table")) {
    const scroller = document.createElement("div");
    scroller.className = "table-scroller";
    table.replaceWith(scroller);
    scroller.append(table);
  }
  return fragment;
}

function setLink(link: HTMLAnchorElement, resolve: Resolve): void {
  const href = link.getAttribute("href");
  if (href === null) return;
  if (/^(https?:|mailto:)/i.test(href)) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    return;
  }
  const found = /^[a-z][a-z0-9+.-]*:|^\/\//i.test(href) ? null : resolve.link?.(href);
  if (found) link.setAttribute("href", found);
  else link.removeAttribute("href");
}

function setPicture(image: HTMLImageElement, resolve: Resolve): void {
  const src = image.getAttribute("src") ?? "";
  image.loading = "lazy";
  if (INLINE_PICTURE.test(src)) return;
  const found = /^(https?:|data:|blob:|\/\/)/i.test(src) ? null : resolve.picture?.(src);
  if (found) {
    image.src = found;
    return;
  }
  // The page loads no picture from another site: it would tell that site who reads what.
  const instead = document.createElement("a");
  instead.textContent = image.alt || src || "Picture";
  if (/^https?:/i.test(src)) {
    instead.href = src;
    instead.target = "_blank";
    instead.rel = "noopener noreferrer";
  }
  image.replaceWith(instead);
}
