/** Charts of Vega and Vega-Lite (Altair), drawn in a sandboxed frame. */
import * as vega from "vega";
import embed, { type EmbedOptions, type VisualizationSpec } from "vega-embed";
import * as vegaLite from "vega-lite";
import type {} from "./runtime";

const views = new WeakMap<HTMLElement, () => void>();

function optionsWith(given: unknown): EmbedOptions {
  return {
    actions: false,
    renderer: "svg",
    ...(window.studium.theme.dark ? { theme: "dark", config: { background: "transparent" } } : {}),
    ...(typeof given === "object" && given !== null ? (given as EmbedOptions) : {}),
  };
}

window.studium.drawers.vega = async (place, item: { spec: unknown; lite: boolean; options: unknown }) => {
  views.get(place)?.();
  const mode = item.lite ? "vega-lite" : "vega";
  const result = await embed(place, item.spec as VisualizationSpec, { ...optionsWith(item.options), mode });
  views.set(place, () => result.finalize());
  window.studium.pictures.set(place, () => result.view.toImageURL("png", 2));
};

// By these names scripts of outputs know the libraries.
const vegaEmbed = (place: HTMLElement | string, spec: VisualizationSpec, options: unknown) =>
  embed(place, spec, optionsWith(options));
Object.assign(window, { vega, vegaLite, vegaEmbed });
