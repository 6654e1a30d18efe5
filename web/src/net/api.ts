import type { ErrorAnswer, ErrorBody, ErrorCode } from "../protocol/generated";
import { HTTP_STATUS } from "../protocol/generated";

/** An error meant for a person: what happened, to which thing, what to do. `code` is for programs. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly data: Record<string, unknown>;

  constructor(body: ErrorBody) {
    super(body.message);
    this.name = "ApiError";
    this.code = body.code;
    this.data = body.data ?? {};
  }
}

/** Any thrown thing as one sentence for a person. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof Error && error.message) return error.message;
  return "Something failed without saying why. Reload the page and try again.";
}

export function isErrorAnswer(value: unknown): value is ErrorAnswer {
  if (typeof value !== "object" || value === null || !("error" in value)) return false;
  const error = (value as ErrorAnswer).error;
  return typeof error === "object" && error !== null && typeof error.message === "string";
}

const CODE_OF_STATUS = new Map<number, ErrorCode>(
  (Object.entries(HTTP_STATUS) as [ErrorCode, number][]).reverse().map(([code, status]) => [status, code]),
);

/** The error that an answer stands for, also when something between us and the server made it. */
export function errorOf(status: number, body: unknown): ApiError {
  if (isErrorAnswer(body)) return new ApiError(body.error);
  const code = CODE_OF_STATUS.get(status) ?? (status >= 500 ? "unavailable" : "invalid_request");
  const message =
    status >= 500
      ? `The server could not answer (${status}). Try again in a moment.`
      : `The server refused the request (${status}). Reload the page and try again.`;
  return new ApiError({ code, message });
}

export const OFFLINE = "The server cannot be reached. Check your connection and try again.";

/** `fetch` that answers only what went well; everything else is an `ApiError`. */
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError({ code: "unavailable", message: OFFLINE });
  }
  if (response.ok) return response;
  throw errorOf(response.status, await response.json().catch(() => null));
}

export async function getJson<T>(path: string): Promise<T> {
  return (await request(path, { headers: { Accept: "application/json" } })).json();
}

/** Sends JSON and answers JSON; an empty answer is `undefined`. */
export async function sendJson<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
  const response = await request(path, {
    method,
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** The URL of a WebSocket on this page's host. */
export function socketUrl(path: string, base: string = location.href): string {
  const url = new URL(path, base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** A path for a URL: percent-encoded, one segment a name. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
