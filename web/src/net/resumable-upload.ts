import type { DetailedError, PreviousUpload, Upload as TusUpload } from "tus-js-client";
import type { Clash } from "../protocol/generated";
import { ApiError, errorOf, OFFLINE } from "./api";

/** What is sent in one request. The browser reads it from the disk as it goes: memory does not grow with it. */
const CHUNK_BYTES = 64 * 2 ** 20;

export interface ResumableUpload {
  projectId: string;
  path: string;
  file: File;
  clash: Clash;
  /** Bytes that have left. */
  onProgress(sent: number): void;
  signal: AbortSignal;
}

/**
 * Sends a file by the tus protocol, in a way that can be gone on with: called again after an error, also by the page after a
 * reload, it sends what is missing. When it is aborted the server forgets what it has.
 */
export async function uploadResumably(wanted: ResumableUpload): Promise<void> {
  const { projectId, path, file, clash, onProgress, signal } = wanted;
  const { Upload } = await import("tus-js-client").catch(() => {
    throw new ApiError({ code: "unavailable", message: OFFLINE });
  });
  signal.throwIfAborted();
  let upload: TusUpload | null = null;
  const ended = new Promise<void>((resolve, reject) => {
    upload = new Upload(file, {
      endpoint: `/projects/${projectId}/uploads`,
      chunkSize: CHUNK_BYTES,
      retryDelays: null, // who calls this knows when to try again, and tells the person
      metadata: { path, clash },
      fingerprint: async () => `studium:upload:${[projectId, path, clash, file.size, file.lastModified].join(":")}`,
      removeFingerprintOnSuccess: true,
      onProgress,
      onSuccess: () => resolve(),
      onError: (error) => reject(apiError(error)),
    });
    signal.addEventListener("abort", () => {
      reject(new ApiError({ code: "unavailable", message: "The upload was stopped." }));
      void upload?.abort(true).catch(() => {}); // what the server cannot be told now it forgets by itself
    });
  });
  await begin(upload as unknown as TusUpload, signal);
  return ended;
}

async function begin(upload: TusUpload, signal: AbortSignal): Promise<void> {
  const [latest] = (await upload.findPreviousUploads()).sort(newestFirst);
  if (latest) upload.resumeFromPreviousUpload(latest);
  if (!signal.aborted) upload.start();
}

const newestFirst = (a: PreviousUpload, b: PreviousUpload) => b.creationTime.localeCompare(a.creationTime);

/** What the server said; without an answer the connection is to blame. */
function apiError(error: Error | DetailedError): ApiError {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (!response) return new ApiError({ code: "unavailable", message: OFFLINE });
  return errorOf(response.getStatus(), parsed(response.getBody()));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
