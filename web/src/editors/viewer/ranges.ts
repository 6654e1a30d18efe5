/** A file that is read in parts: nothing loads the whole of a large one. Pure but for the requests. */
import { ApiError, errorOf, OFFLINE } from "../../net/api";
import { fileAddress } from "../../net/files";

export const CHUNK_BYTES = 64 * 1024;
const MAX_CHUNKS = 128;

type Fetch = (url: string, options: RequestInit) => Promise<Response>;

/** The file was written while it was read. */
export class FileChanged extends Error {
  constructor() {
    super("The file has changed while it was read.");
  }
}

export class FileRanges {
  readonly url: string;
  #size: number | null = null;
  #tag: string | null = null;
  readonly #chunks = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  readonly #abort = new AbortController();

  constructor(
    projectId: string,
    path: string,
    private readonly ask: Fetch = (url, options) => fetch(url, options),
  ) {
    this.url = fileAddress(projectId, path);
  }

  close(): void {
    this.#abort.abort();
  }

  /** Bytes in the file. */
  async size(): Promise<number> {
    await this.chunk(0);
    return this.#size ?? 0;
  }

  /** The chunk with this number, from 0; empty beyond the end. Kept for as long as others are not looked at. */
  chunk(number: number): Promise<Uint8Array<ArrayBuffer>> {
    let chunk = this.#chunks.get(number);
    if (chunk) this.#chunks.delete(number);
    else {
      chunk = this.fetch(number * CHUNK_BYTES, CHUNK_BYTES);
      chunk.catch(() => this.#chunks.delete(number));
    }
    this.#chunks.set(number, chunk); // the one that was used last is at the end
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size <= MAX_CHUNKS) break;
      this.#chunks.delete(oldest);
    }
    return chunk;
  }

  /** Some bytes, fewer at the end of the file. Throws `ApiError`, and `FileChanged`. */
  async fetch(from: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    let answer: Response;
    try {
      answer = await this.ask(this.url, {
        headers: { Range: `bytes=${from}-${from + length - 1}` },
        signal: this.#abort.signal,
      });
    } catch (error) {
      if (this.#abort.signal.aborted) throw error;
      throw new ApiError({ code: "unavailable", message: OFFLINE });
    }
    const whole = answer.headers.get("Content-Range")?.split("/")[1];
    if (answer.status === 416) {
      void answer.body?.cancel();
      this.#size = Number(whole ?? 0);
      return new Uint8Array();
    }
    if (!answer.ok) throw errorOf(answer.status, await answer.json().catch(() => null));
    if (answer.status !== 206 || whole === undefined) {
      void answer.body?.cancel();
      throw new ApiError({ code: "invalid_request", message: "The server did not answer with a part of the file." });
    }
    const tag = answer.headers.get("ETag");
    if (this.#tag !== null && tag !== this.#tag) {
      void answer.body?.cancel();
      throw new FileChanged();
    }
    this.#tag = tag;
    this.#size = Number(whole);
    return new Uint8Array(await answer.arrayBuffer());
  }
}

/** A whole file, unless it is larger than a viewer takes. */
export async function readWhole(
  projectId: string,
  path: string,
  mostBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  let answer: Response;
  try {
    answer = await fetch(fileAddress(projectId, path), { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError({ code: "unavailable", message: OFFLINE });
  }
  if (!answer.ok) throw errorOf(answer.status, await answer.json().catch(() => null));
  const size = Number(answer.headers.get("Content-Length") ?? 0);
  if (size > mostBytes) {
    void answer.body?.cancel();
    throw new TooLarge(size, mostBytes);
  }
  return new Uint8Array(await answer.arrayBuffer());
}

/** More than a viewer takes. */
export class TooLarge extends Error {
  constructor(
    readonly size: number,
    readonly most: number,
  ) {
    super(`This file has ${Math.round(size / 1e6)} MB; this view takes up to ${Math.round(most / 1e6)} MB.`);
  }
}
