/**
 * The scripts that frames run. An opaque origin has no cache and would load them anew for each frame, so this page loads them
 * once, under its own policy, and hands each frame a copy.
 */
import type { FrameItem } from "./frame/protocol";

export type FrameScript = "runtime" | "plotly" | "vega" | "pdf" | "widgets";

const ADDRESSES: Record<FrameScript, () => Promise<{ default: string }>> = {
  runtime: () => import("./frame/runtime?frame"),
  plotly: () => import("plotly.js-dist-min/plotly.min.js?url"),
  vega: () => import("./frame/vega?frame"),
  pdf: () => import("./frame/pdf?frame"),
  widgets: () => import("./frame/widgets?frame"),
};

export function isFrameScript(name: string): name is FrameScript {
  return Object.hasOwn(ADDRESSES, name);
}

const NEEDS: Record<FrameItem["kind"], FrameScript | null> = {
  html: null,
  javascript: null,
  plotly: "plotly",
  vega: "vega",
  pdf: "pdf",
  widget: "widgets",
};

/** What a frame must run before it can draw these, in order. */
export function scriptsFor(items: readonly FrameItem[]): FrameScript[] {
  return ["runtime", ...new Set(items.flatMap((item) => NEEDS[item.kind] ?? []))];
}

const loaded = new Map<FrameScript, Promise<ArrayBuffer>>();

/** The bytes of a script; copied by `postMessage`, so they stay here. Asked again after a failure. */
export function loadScript(name: FrameScript): Promise<ArrayBuffer> {
  let script = loaded.get(name);
  if (!script) {
    script = fetchScript(name);
    loaded.set(name, script);
    script.catch(() => loaded.delete(name));
  }
  return script;
}

async function fetchScript(name: FrameScript): Promise<ArrayBuffer> {
  const { default: url } = await ADDRESSES[name]();
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`A part of the page could not be loaded (${answer.status}). Load the page again.`);
  return answer.arrayBuffer();
}
