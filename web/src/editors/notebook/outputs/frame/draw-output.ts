/** Draws one output, as notebook files hold it, in a sandboxed frame. */
import { parseAnsi } from "../ansi";
import { choose } from "../mime";
import { isRecord, readOutput, textOf } from "../plain";
import type { DataOutput } from "../types";
import { drawHtml, runScript } from "./html";

export async function drawOutput(
  place: HTMLElement,
  output: unknown,
  showWidget: (place: HTMLElement, id: string) => Promise<void>,
): Promise<void> {
  const read = readOutput(output);
  if (read?.type === "stream") return drawText(place, read.text, read.name);
  if (read?.type === "error")
    return drawText(place, read.traceback.join("\n") || `${read.name}: ${read.value}`, "error");
  if (!read) return;
  const { kind, type } = choose(read);
  const value = read.data[type];
  switch (kind) {
    case "widget":
      return showWidget(place, String((value as { model_id?: unknown })?.model_id));
    case "plotly":
      await window.studium.need("plotly");
      return window.studium.drawers.plotly?.(place, { figure: value } as never);
    case "vega":
      await window.studium.need("vega");
      return window.studium.drawers.vega?.(place, { spec: value, lite: type.includes("vegalite") } as never);
    case "html":
      return drawHtml(place, textOf(value));
    case "javascript":
      return runScript(place, textOf(value));
    case "image":
    case "svg":
      return drawImage(place, type, textOf(value), read);
    case "json":
      return drawText(place, JSON.stringify(value, null, 2), "stdout");
    default:
      return drawText(place, textOf(value ?? read.data["text/plain"]), "stdout");
  }
}

function drawText(place: HTMLElement, text: string, kind: string): void {
  const block = document.createElement("pre");
  block.className = kind;
  for (const line of parseAnsi(text.replace(/\n$/, ""))) {
    for (const { text: part, classes, style } of line) {
      const span = document.createElement("span");
      span.className = classes;
      if (style.color) span.style.color = style.color;
      if (style.background) span.style.backgroundColor = style.background;
      span.textContent = part;
      block.append(span);
    }
    block.append("\n");
  }
  place.replaceChildren(block);
}

function drawImage(
  place: HTMLElement,
  type: string,
  data: string,
  { data: { "text/plain": alt }, metadata }: DataOutput,
): void {
  const image = document.createElement("img");
  image.alt = textOf(alt);
  const own = isRecord(metadata[type]) ? metadata[type] : {};
  for (const side of ["width", "height"] as const) {
    const size = Number(own[side] ?? metadata[side]);
    if (size > 0) image[side] = size;
  }
  image.src = type === "image/svg+xml" ? `data:${type},${encodeURIComponent(data)}` : `data:${type};base64,${data}`;
  place.replaceChildren(image);
}
