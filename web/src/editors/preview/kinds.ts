/** How the content frame draws a file. */
export type PreviewKind = "svg" | "html";

/** What the page sends to the content frame when that says `ready`. */
export interface FrameMessage {
  kind: PreviewKind;
  bytes: ArrayBuffer;
  name: string;
}

/** What the content frame says. */
export interface FrameAnswer {
  type: "ready" | "shown" | "failed";
  message?: string;
}

const BY_EXTENSION: Record<string, PreviewKind> = { svg: "svg", html: "html", htm: "html", xhtml: "html" };

export function previewOf(path: string): PreviewKind | undefined {
  return BY_EXTENSION[path.slice(path.lastIndexOf(".") + 1).toLowerCase()];
}

/** Where the bytes of a file are. */
export function fileUrl(projectId: string, path: string): string {
  return `/projects/${encodeURIComponent(projectId)}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}
