/** `build/frame-scripts.ts`: the address of a module and all that it imports, as one classic script. */
declare module "*?frame" {
  const url: string;
  export default url;
}

/** The package tells no types of its worker, which is only handed over. */
declare module "pdfjs-dist/legacy/build/pdf.worker.mjs" {
  export const WorkerMessageHandler: unknown;
}
