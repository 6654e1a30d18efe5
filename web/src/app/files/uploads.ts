import { ApiError, sentence } from "../../net/api";
import { upload } from "../../net/files";
import { Observable } from "../../net/observable";
import { uploadResumably } from "../../net/resumable-upload";
import type { Clash } from "../../protocol/generated";
import { join } from "../../store/directories";
import type { Uploadable } from "./chosen-files";
import { takenNames } from "./file-manager";

/** How many files are sent at once; the rest wait. */
const MAX_AT_ONCE = 3;
/** What is smaller is sent in one request, and from the beginning when that breaks off. */
export const SMALL_BYTES = 8e6;
const MAX_PAUSE_MS = 15_000;

/** One file on its way. */
export interface UploadState {
  id: number;
  path: string;
  sent: number;
  size: number;
  /** `paused`: the connection is lost, and it goes on by itself. */
  state: "waiting" | "sending" | "paused" | "failed";
  /** Why it failed, as a sentence. */
  problem?: string;
}

export type ClashAnswer = Exclude<Clash, "fail">;

/** A name that is taken, until the person has said what to do. */
export interface UploadClash {
  path: string;
  /** Do others wait, for which the answer could hold as well? */
  more: boolean;
  answer(answer: ClashAnswer, forAll: boolean): void;
}

interface Item {
  file: File;
  path: string;
  clash: Clash;
  abort: AbortController;
  /** An answer that holds for all that were chosen together. */
  rule: { always?: ClashAnswer };
}

/** Sends one file; another one in tests. */
export type Send = (item: Item & { projectId: string }, onProgress: (sent: number) => void) => Promise<void>;

/** The uploads of this page: a queue that outlives a lost connection, but not the page. */
export class Uploads {
  readonly list = new Observable<readonly UploadState[]>([]);
  readonly clash = new Observable<UploadClash | null>(null);
  readonly #items = new Map<number, Item>();
  #running = 0;
  #nextId = 1;

  constructor(
    readonly projectId: string,
    readonly send: Send = sendFile,
  ) {}

  /** Sends files into a folder, and asks what to do with names that are taken. */
  add(folder: string, chosen: readonly Uploadable[]): void {
    if (this.#items.size === 0 && chosen.length > 0) window.addEventListener("beforeunload", warn);
    const rule = {};
    const added = chosen.map(({ path, file }): UploadState => {
      const id = this.#nextId++;
      const item: Item = { file, path: join(folder, path), clash: "fail", abort: new AbortController(), rule };
      this.#items.set(id, item);
      return { id, path: item.path, sent: 0, size: file.size, state: "waiting" };
    });
    this.list.update((list) => [...list, ...added]);
    this.#next();
  }

  cancel(id: number): void {
    this.#items.get(id)?.abort.abort();
    this.#remove(id);
  }

  cancelAll(): void {
    for (const { id, state } of this.list.get()) if (state !== "failed") this.cancel(id);
  }

  retry(id: number): void {
    this.#set(id, { state: "waiting", problem: "" });
    this.#next();
  }

  #next(): void {
    while (this.#running < MAX_AT_ONCE) {
      const waiting = this.list.get().find((one) => one.state === "waiting");
      const item = waiting && this.#items.get(waiting.id);
      if (!waiting || !item) return;
      this.#running++;
      this.#set(waiting.id, { state: "sending" });
      void this.#run(waiting.id, item).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  async #run(id: number, item: Item): Promise<void> {
    let pauseMs = 1_000;
    for (;;) {
      try {
        const onProgress = (sent: number) => {
          pauseMs = 1_000;
          this.#set(id, { sent, state: "sending" });
        };
        await this.send({ ...item, projectId: this.projectId }, onProgress);
        this.#remove(id);
        return;
      } catch (error) {
        if (item.abort.signal.aborted) return;
        if (isTaken(error)) {
          const answer = item.rule.always ?? (await this.#ask(item));
          if (item.abort.signal.aborted) return;
          if (answer === "skip") {
            this.#remove(id);
            return;
          }
          item.clash = answer;
        } else if (isPassing(error)) {
          this.#set(id, { state: "paused" });
          await connection(pauseMs, item.abort.signal);
          pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
          if (item.abort.signal.aborted) return;
        } else {
          this.#set(id, { state: "failed", problem: sentence(error) });
          return;
        }
      }
    }
  }

  /** One question at a time; the answer may hold for the rest. */
  async #ask(item: Item): Promise<ClashAnswer> {
    while (this.clash.get() !== null) {
      await new Promise<void>((resolve) => {
        const stop = this.clash.subscribe(() => {
          stop();
          resolve();
        });
      });
      if (item.rule.always) return item.rule.always;
    }
    const more = [...this.#items.values()].some((other) => other !== item && other.rule === item.rule);
    return new Promise((resolve) => {
      this.clash.set({
        path: item.path,
        more,
        answer: (answer, forAll) => {
          if (forAll) item.rule.always = answer;
          this.clash.set(null);
          resolve(answer);
        },
      });
    });
  }

  #set(id: number, change: Partial<UploadState>): void {
    this.list.update((list) => list.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  #remove(id: number): void {
    this.#items.delete(id);
    this.list.update((list) => list.filter((one) => one.id !== id));
    if (this.#items.size === 0) window.removeEventListener("beforeunload", warn);
  }
}

/** Small files go in one request; those that are to get another name when theirs is taken go the way that can do it. */
async function sendFile(item: Item & { projectId: string }, onProgress: (sent: number) => void): Promise<void> {
  const { projectId, path, file, clash, abort } = item;
  const { signal } = abort;
  if (file.size > SMALL_BYTES || clash === "keep_both")
    await uploadResumably({ projectId, path, file, clash, onProgress, signal });
  else await upload({ projectId, path, file, overwrite: clash === "replace", onProgress, signal });
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== "conflict") return false;
  // A conflict about the place in the file is settled by asking the server where it is.
  return takenNames(error) !== null || !("offset" in error.data);
}

/** Will it go better in a while? */
function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "unavailable" || "offset" in error.data);
}

/** Waits for so long, or until the browser says that there is a network again. */
function connection(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}
