import { findPaths } from "../../net/find";
import { Observable } from "../../net/observable";
import type { FoundPath } from "../../protocol/generated";

/** What the server found for some letters. */
export interface PathsShown {
  text: string;
  paths: readonly FoundPath[];
  /** The project has more files than are looked through. */
  truncated: boolean;
}

/** While a project is still being looked through, it is asked again after this. */
const AGAIN_MS = 150;

/** Files by some letters of their paths, over all of the project; only the newest question is answered. */
export class PathSearch {
  readonly found = new Observable<PathsShown | null>(null);
  readonly #projectId: string;
  readonly #hidden: () => boolean;
  #asking: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(projectId: string, hidden: () => boolean) {
    this.#projectId = projectId;
    this.#hidden = hidden;
  }

  find(text: string): void {
    this.stop();
    const asking = new AbortController();
    this.#asking = asking;
    findPaths(this.#projectId, text, { hidden: this.#hidden(), signal: asking.signal }).then(
      ({ paths, complete, truncated }) => {
        if (asking.signal.aborted) return;
        this.found.set({ text, paths, truncated });
        if (!complete) this.#timer = setTimeout(() => this.find(text), AGAIN_MS);
      },
      () => {}, // what is open and recent is found all the same
    );
  }

  stop(): void {
    this.#asking?.abort();
    clearTimeout(this.#timer);
  }

  close(): void {
    this.stop();
  }
}
