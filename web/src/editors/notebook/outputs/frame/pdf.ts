/** Pages of a PDF, drawn in a sandboxed frame. */
import * as pdf from "pdfjs-dist/legacy/build/pdf.mjs";
import * as worker from "pdfjs-dist/legacy/build/pdf.worker.mjs";
import type {} from "./runtime";

// With its worker here already, the library starts none, which would have to be loaded.
Object.assign(globalThis, { pdfjsWorker: worker });

/** More pages than this are for a program of their own. */
const MAX_PAGES = 20;
/** Of a point of PDF, 1/72 inch, in pixels of CSS. */
const POINT = 96 / 72;
/** Pixels of the screen for one of CSS: sharp also when one zooms in a little. */
const MIN_RATIO = 2;
const MAX_PIXELS = 4_000 * 4_000;

window.studium.drawers.pdf = async (place, item: { bytes: ArrayBuffer }) => {
  const document = await pdf.getDocument({
    data: item.bytes.slice(0),
    useWasm: false,
    useSystemFonts: true,
    stopAtErrors: false,
  }).promise;
  place.replaceChildren();
  for (let number = 1; number <= Math.min(document.numPages, MAX_PAGES); number++) {
    place.append(await drawPage(await document.getPage(number), document.numPages));
  }
  if (document.numPages > MAX_PAGES) {
    const note = window.document.createElement("p");
    note.textContent = `${document.numPages - MAX_PAGES} more pages are in the file.`;
    place.append(note);
  }
};

async function drawPage(page: pdf.PDFPageProxy, pages: number): Promise<HTMLCanvasElement> {
  const natural = page.getViewport({ scale: POINT });
  const room = Math.max(MIN_RATIO, devicePixelRatio);
  const ratio = Math.min(room, Math.sqrt(MAX_PIXELS / (natural.width * natural.height)));
  const viewport = page.getViewport({ scale: POINT * ratio });
  const canvas = document.createElement("canvas");
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  canvas.style.width = `${natural.width}px`;
  canvas.className = "pdf-page";
  canvas.role = "img";
  canvas.ariaLabel = `${pages === 1 ? "PDF" : `Page ${page.pageNumber} of ${pages}`}: ${await textOf(page)}`;
  await page.render({ canvas, viewport }).promise;
  return canvas;
}

async function textOf(page: pdf.PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent();
  const text = items.map((item) => ("str" in item ? item.str : "")).join(" ");
  return text.replace(/\s+/g, " ").slice(0, 2_000);
}
