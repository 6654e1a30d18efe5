/** How HTML is drawn: as a grid, as plain HTML in the page, or, when in doubt, in a sandboxed frame. */
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS } from "./markdown/sanitise";
import { readTable, type Table } from "./table";

export type HtmlLook = { look: "frame" } | { look: "plain" } | { look: "grid"; table: Table };

/** Above this it is not looked into: a frame draws it without holding up the page. */
export const MAX_NATIVE = 2_000_000;
const FRAME: HtmlLook = { look: "frame" };
/** What a frame must draw: cheap to find, so that large documents are not parsed for nothing. */
const ACTIVE =
  /<(script|iframe|svg|math|canvas|form|input|button|select|textarea|object|embed|link|video|audio|template|base|meta|dialog)\b|\son\w+\s*=|\bstyle\s*=/i;

export function lookOf(html: string): HtmlLook {
  if (html.length > MAX_NATIVE) return FRAME;
  // Tables of pandas say `style="text-align: right;"` of their head, which we know without.
  const known = html.replaceAll(/<tr style="text-align: (?:right|left|center);">/g, "<tr>");
  if (ACTIVE.test(known)) return FRAME;
  const { head, body } = new DOMParser().parseFromString(known, "text/html");
  // What comes first may have landed in the head.
  for (const style of [...head.children, ...body.querySelectorAll("style")]) {
    if (style.localName !== "style" || !style.textContent?.includes(".dataframe")) return FRAME;
    style.remove();
  }
  const tables = body.querySelectorAll("table.dataframe");
  const [first] = tables;
  if (first instanceof HTMLTableElement && tables.length === 1) {
    const rest = textWithout(body, first);
    const table = rest === null ? null : readTable(first, rest);
    if (table) return { look: "grid", table };
  }
  return isPlain(body) ? { look: "plain" } : FRAME;
}

/** What is beside the table, if it is little: how large the frame is. */
function textWithout(body: HTMLElement, table: HTMLTableElement): string | null {
  const copy = body.cloneNode(true) as HTMLElement;
  copy.querySelector("table.dataframe")?.remove();
  if (copy.querySelector(":not(div, p, small, b)") || table.caption) return null;
  const text = (copy.textContent ?? "").replace(/\s+/g, " ").trim();
  return text.length <= 100 ? text : null;
}

/** Only such elements and attributes as are let through into the page: then nothing of it gets lost there. */
function isPlain(body: HTMLElement): boolean {
  for (const element of body.querySelectorAll("*")) {
    if (!ALLOWED_TAGS.has(element.localName) || element.localName === "img") return false;
    for (const { name, value } of element.attributes) {
      if (name === "border" || name === "target" || name === "rel" || (name === "class" && value === "dataframe"))
        continue;
      if (!ALLOWED_ATTRIBUTES.has(name) || name === "class") return false;
    }
  }
  return true;
}
