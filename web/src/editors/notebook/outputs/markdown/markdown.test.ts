import { expect, test } from "vitest";
import { typeset } from "./katex";
import { renderMarkdown } from "./render";
import { type Resolve, sanitise } from "./sanitise";

function draw(source: string, resolve?: Resolve): HTMLElement {
  const place = document.createElement("div");
  place.append(sanitise(renderMarkdown(source), resolve));
  return place;
}

const sources = (place: HTMLElement) =>
  [...place.querySelectorAll("code.math-source")].map((code) => [code.getAttribute("title"), code.textContent]);

test("mathematics of every kind", () => {
  expect(sources(draw("a $x_1 * y_2$ and $$z$$ and \\\\(w\\\\)"))).toEqual([
    ["inline", "x_1 * y_2"],
    ["block", "z"],
    ["inline", "w"],
  ]);
  expect(sources(draw("$$\na\n\n- b\n$$\n\ntext"))).toEqual([["block", "\na\n\n- b\n"]]);
  expect(sources(draw("text\n\\begin{align*}\na &= b \\\\\n\nc\n\\end{align*}"))).toEqual([
    ["block", "\\begin{align*}\na &= b \\\\\n\nc\n\\end{align*}"],
  ]);
  expect(sources(draw("- in a list: $a$\n\n  $$\n  b\n  $$"))).toEqual([
    ["inline", "a"],
    ["block", "\n  b\n  "],
  ]);
});

test("prices, code and lone dollars are no mathematics", () => {
  for (const text of ["It costs $5 or $6.", "`$a$`", "```\n$$a$$\n```", "a \\$ b $ c", "$ a $", "    $$indented$$"]) {
    expect(sources(draw(text)), text).toEqual([]);
  }
});

test("mathematics is typeset, and what is none is shown", async () => {
  const place = draw("$\\frac12$, $\\notacommand$, $$\\label{eq}\\begin{aligned}a\\end{aligned}$$");
  await typeset(place);
  expect(place.querySelectorAll(".katex-mathml").length).toBeGreaterThanOrEqual(2);
  expect(place.textContent).toContain("\\notacommand");
  const macros = {};
  await typeset(draw("$\\newcommand{\\R}{\\mathbb{R}}$"), macros);
  const later = draw("$\\R$");
  await typeset(later, macros);
  expect(later.querySelector(".mathbb")).not.toBeNull();
});

test("what is hostile does not come through", () => {
  const hostile = [
    "<script>alert(1)</script>",
    '<img src="x" onerror="alert(1)">',
    '<a href="javascript:alert(1)">a</a>',
    "[a](javascript:alert(1))",
    '<a href=" &#106;avascript:alert(1)">a</a>',
    "<svg><script>alert(1)</script></svg>",
    '<iframe src="/api/session"></iframe>',
    '<form action="/api/session"><input name="parentNode"></form>',
    '<div style="position:fixed;inset:0" class="dialog" id="root">a</div>',
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
    '<object data="/api"></object><embed src="/api"><base href="//evil.example">',
    '<a href="//evil.example/x">a</a>',
    '<a href="data:text/html,<script>alert(1)</script>">a</a>',
    '<img src="https://evil.example/pixel.png">',
  ];
  for (const html of hostile) {
    const place = draw(html, { link: (href) => `/files/${href}`, picture: (src) => `/files/${src}` });
    const text = place.innerHTML;
    expect(text, html).not.toMatch(/<(script|svg|iframe|form|input|object|embed|base|style|math)/i);
    for (const element of place.querySelectorAll("*")) {
      for (const { name } of element.attributes) {
        expect(name, html).not.toMatch(/^(on|style|id|name|srcset|action)/);
      }
    }
    for (const link of place.querySelectorAll("a")) expect(link.getAttribute("href") ?? "").toMatch(/^$|^https:/);
    for (const image of place.querySelectorAll("img")) expect(image.getAttribute("src")).toMatch(/^\/files\/x$/);
    expect(place.querySelector("[class='dialog']")).toBeNull();
  }
});

test("links and pictures of the project are asked for", () => {
  const resolve: Resolve = {
    link: (href) => (href.startsWith("#") ? null : `/edit/${href}`),
    picture: (src) => (src === "attachment:a.png" ? "data:image/png;base64,AA==" : null),
  };
  const place = draw(
    "[other](other.ipynb) [place](#place) [web](https://example.org) ![a](attachment:a.png) ![b](b.png)",
    resolve,
  );
  expect([...place.querySelectorAll("a")].map((a) => a.getAttribute("href"))).toEqual([
    "/edit/other.ipynb",
    null,
    "https://example.org",
    null,
  ]);
  expect(place.querySelectorAll("a")[2]?.rel).toBe("noopener noreferrer");
  expect(place.querySelector("img")?.getAttribute("src")).toBe("data:image/png;base64,AA==");
  expect(place.textContent).toContain("b");
});
