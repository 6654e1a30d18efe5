/** PDF.js with its viewer: pages on demand, a text layer, links, search. Loaded when there is a PDF. */
import * as pdfjs from "pdfjs-dist";
import workerUrl from "pdfjs-dist/build/pdf.worker.min.mjs?url";
import "pdfjs-dist/web/pdf_viewer.css";
import { CHUNK_BYTES, type FileRanges } from "../viewer/ranges";

export type { PDFDocumentProxy } from "pdfjs-dist";
export { pdfjs };

pdfjs.GlobalWorkerOptions.workerSrc = workerUrl;

/** The viewer takes the library from a global. */
export async function loadViewer() {
  Object.assign(globalThis, { pdfjsLib: pdfjs });
  return import("pdfjs-dist/web/pdf_viewer.mjs");
}

class Ranges extends pdfjs.PDFDataRangeTransport {
  constructor(
    length: number,
    head: Uint8Array,
    private readonly file: FileRanges,
    private readonly onProblem: (error: unknown) => void,
  ) {
    super(length, head);
  }

  override requestDataRange(begin: number, end: number): void {
    this.file.fetch(begin, end - begin).then((bytes) => this.onDataRange(begin, bytes), this.onProblem);
  }

  override abort(): void {
    this.file.close();
  }
}

/** Begins to open a document, of which parts are read as they are needed. Nothing of it runs. */
export async function openDocument(file: FileRanges, onProblem: (error: unknown) => void) {
  const [length, head] = [await file.size(), await file.chunk(0)];
  if (length === 0) throw new Error("This file is empty.");
  return pdfjs.getDocument({
    range: new Ranges(length, head.slice(), file, onProblem),
    rangeChunkSize: 4 * CHUNK_BYTES,
    disableAutoFetch: true,
    disableStream: true,
    enableXfa: false,
    useWasm: false,
    useSystemFonts: true,
  });
}

/** Why a document cannot be opened. */
export function openingProblem(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  if (name === "InvalidPDFException")
    return "This file cannot be read as a PDF: it is damaged, cut off, or of another kind.";
  if (name === "PasswordException") return "This PDF needs a password.";
  return error instanceof Error ? error.message : String(error);
}
