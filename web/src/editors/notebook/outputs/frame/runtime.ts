/** The script in a sandboxed frame: draws what the page sends, and tells the page how high it is. */
import style from "./frame.css?inline";
import { drawHtml, runScript } from "./html";
import { makeLegible } from "./legible";
import { serveLibraries, tellBlocked } from "./libraries";
import type { FrameItem, FrameTheme, FromFrame, ToFrame } from "./protocol";

/** The addresses of the page: set by what the server sends into the frame (`src/studium/http/frame.py`). */
declare const pages: readonly string[];

/** Draws an item into a place, which holds what an earlier version of it has drawn. */
export type Draw = (place: HTMLElement, item: never) => void | Promise<void>;

/** What other scripts of this frame add to. */
export interface Runtime {
  theme: FrameTheme;
  drawers: Record<string, Draw>;
  /** Makes a picture of what is drawn in a place, as a `data:` address. */
  pictures: Map<HTMLElement, () => Promise<string>>;
  listeners: Set<(message: ToFrame) => void>;
  /** Runs another of our scripts, if it has not run yet. */
  need(name: string): Promise<void>;
  tell(message: FromFrame, transfer?: Transferable[]): void;
}

declare global {
  interface Window {
    studium: Runtime;
    Plotly?: {
      react(place: HTMLElement, data: unknown, layout: unknown, config: unknown): Promise<void>;
      toImage(place: HTMLElement, options: object): Promise<string>;
      relayout(place: HTMLElement, layout: object): void;
    };
  }
}

const root = document.createElement("main");
const places = new Map<number, { place: HTMLElement; version: number }>();

const needs = new Map<string, Promise<void>>();

const runtime: Runtime = {
  theme: { dark: false, variables: {} },
  pictures: new Map(),
  listeners: new Set(),
  drawers: {
    html: (place, item: { html: string }) => drawHtml(place, item.html),
    javascript: (place, item: { code: string }) => runScript(place, item.code),
    plotly: drawPlotly,
  },
  need: (name) => {
    let need = needs.get(name);
    if (!need) {
      need = new Promise((resolve) => {
        runtime.listeners.add((message) => {
          if (message.type === "ran" && message.name === name) resolve();
        });
      });
      needs.set(name, need);
      runtime.tell({ type: "script", name });
    }
    return need;
  },
  tell: (message, transfer = []) => parent.postMessage(message, "*", transfer),
};
window.studium = runtime;

async function drawPlotly(place: HTMLElement, item: { figure: unknown }): Promise<void> {
  const { data, layout, config } = item.figure as { data: unknown; layout?: object; config?: object };
  const plotly = window.Plotly;
  if (!plotly) throw new Error("Plotly is not here.");
  place.classList.add("plot");
  // Without a height of its own a figure takes that of its place, which would have none.
  place.style.height = layout && "height" in layout ? "" : "450px";
  await plotly.react(place, data, { ...layout }, { responsive: true, displaylogo: false, ...config });
  runtime.pictures.set(place, () => plotly.toImage(place, { format: "png", scale: 2, height: null, width: null }));
}

function setTheme(theme: FrameTheme): void {
  runtime.theme = theme;
  const html = document.documentElement;
  html.dataset.theme = theme.dark ? "dark" : "light";
  html.style.colorScheme = theme.dark ? "dark" : "light";
  for (const [name, value] of Object.entries(theme.variables)) html.style.setProperty(name, value);
  for (const { place } of places.values()) if (place.classList.contains("html")) makeLegible(place);
}

async function draw(items: readonly FrameItem[]): Promise<void> {
  const kept = new Set(items.map((item) => item.key));
  for (const [key, { place }] of places) {
    if (kept.has(key)) continue;
    runtime.pictures.delete(place);
    place.remove();
    places.delete(key);
  }
  for (const item of items) {
    let known = places.get(item.key);
    if (known?.version === item.version) continue;
    if (!known) {
      known = { place: document.createElement("div"), version: item.version };
      known.place.className = `item ${item.kind}`;
      places.set(item.key, known);
      root.append(known.place);
    }
    known.version = item.version;
    try {
      await runtime.drawers[item.kind]?.(known.place, item as never);
      if (item.kind === "html") makeLegible(known.place);
    } catch (error) {
      showError(known.place, error);
    }
  }
}

function showError(place: HTMLElement, error: unknown): void {
  const message = document.createElement("pre");
  message.className = "error";
  message.textContent = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  place.append(message);
}

// One list is drawn after the other: scripts of an output may find what those before have drawn.
let drawn: Promise<void> = Promise.resolve();

function hear(message: ToFrame): void {
  if (message.type === "theme") setTheme(message.theme);
  else if (message.type === "items") drawn = drawn.then(() => draw(message.items)).then(tellDrawn);
  else if (message.type === "picture") void takePicture(message.request);
  for (const listener of runtime.listeners) listener(message);
}

async function takePicture(request: number): Promise<void> {
  const [take] = runtime.pictures.values();
  const picture = await take?.().catch(() => null);
  runtime.tell({ type: "picture", request, picture: picture ?? null });
}

// A page that grows with the frame it is in would grow for ever: what only answers our last height is told a few times.
const MAX_ANSWERS = 4;
let told = 0;
let answers = 0;
let toldAt = 0;

function tellHeight(): void {
  const height = Math.ceil(root.getBoundingClientRect().height);
  if (Math.abs(height - told) < 1) return;
  answers = performance.now() - toldAt < 150 && height > told ? answers + 1 : 0;
  if (answers > MAX_ANSWERS) return;
  toldAt = performance.now();
  told = height;
  runtime.tell({ type: "height", height });
}

/** What is far from the view is not laid out by the browser, so nothing tells its height, unless it is asked for. */
function tellDrawn(): void {
  told = -1;
  tellHeight();
}

/** Links lead nowhere in here: the page shows where they lead, and a person may follow them from there. */
function followLink(event: MouseEvent): void {
  const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement || node instanceof SVGAElement);
  if (!link) return;
  const url = link instanceof HTMLAnchorElement ? link.href : link.href.baseVal;
  const address = link.getAttribute("href") ?? "";
  if (address.startsWith("#") || address === "") return;
  if (/^(https?|mailto):/i.test(url)) {
    event.preventDefault();
    runtime.tell({ type: "link", url });
  }
}

function start(): void {
  const sheet = document.createElement("style");
  sheet.textContent = style;
  document.head.append(sheet);
  document.body.replaceChildren(root);
  serveLibraries(runtime.need);
  tellBlocked(root);
  new ResizeObserver(() => requestAnimationFrame(tellHeight)).observe(root);
  addEventListener("click", followLink);
  addEventListener("message", (event: MessageEvent<ToFrame>) => {
    if (event.source === parent && pages.includes(event.origin)) hear(event.data);
  });
}

start();
