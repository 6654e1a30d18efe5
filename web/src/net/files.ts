import type { ErrorBody, ExportFormat, Operation, OperationAnswer } from "../protocol/generated";
import { ApiError, encodePath, errorOf, OFFLINE, request, sendJson } from "./api";

export function fileAddress(projectId: string, path: string): string {
  return `/projects/${projectId}/files/${encodePath(path)}`;
}

export function operate(projectId: string, operation: Operation): Promise<OperationAnswer> {
  return sendJson<OperationAnswer>("POST", `/projects/${projectId}/operations`, operation);
}

/** Is there a file at this path? Raises when that cannot be known. */
export async function isFile(projectId: string, path: string): Promise<boolean> {
  try {
    await request(fileAddress(projectId, path), { method: "HEAD" });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code !== "unavailable") return false;
    throw error;
  }
}

/** Makes a text file, and the folders above it; an error with the code `conflict` when the name is taken. */
export async function writeNewFile(projectId: string, path: string, text: string): Promise<void> {
  await request(`${fileAddress(projectId, path)}?parents=1`, {
    method: "PUT",
    headers: { "Content-Type": "application/octet-stream", "If-None-Match": "*" },
    body: text,
  });
}

export function exportAddress(projectId: string, path: string, format: ExportFormat): string {
  return `/projects/${projectId}/exports/${encodePath(path)}?format=${format}`;
}

/** A notebook in another format, and the name to keep it under. */
export async function exportNotebook(
  projectId: string,
  path: string,
  format: ExportFormat,
  signal?: AbortSignal,
): Promise<File> {
  const response = await request(exportAddress(projectId, path, format), { signal });
  const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  const fallback = path.slice(path.lastIndexOf("/") + 1);
  return new File([await response.blob()], name === undefined ? fallback : decodeURIComponent(name));
}

export interface Upload {
  projectId: string;
  path: string;
  file: Blob;
  overwrite: boolean;
  /** Bytes that have left. */
  onProgress(sent: number): void;
  signal?: AbortSignal;
}

/** Sends one file. By XMLHttpRequest, because `fetch` does not tell how much has left. */
export function upload({ projectId, path, file, overwrite, onProgress, signal }: Upload): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `${fileAddress(projectId, path)}?parents=1`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    if (!overwrite) request.setRequestHeader("If-None-Match", "*");
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status < 400) resolve();
      else reject(errorOf(request.status, parsed(request.responseText)));
    };
    const gone: ErrorBody = { code: "unavailable", message: OFFLINE };
    request.onerror = () => reject(new ApiError(gone));
    request.onabort = () => reject(new ApiError({ ...gone, message: "The upload was stopped." }));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
