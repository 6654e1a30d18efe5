import { useMemo, useSyncExternalStore } from "react";
import * as Y from "yjs";
import { readOutput } from "./read";
import type { Output } from "./types";

/** An output with a name that stays the same for as long as it is in the document. */
export interface KeyedOutput {
  key: number;
  output: Output;
}

/** After so long a silence what comes is told at once. */
const QUIET_MS = 50;

/**
 * Follows the outputs of a cell. Each output is read anew only when it changed itself, and at most once a frame: a cell that
 * prints writes much more often than a screen is drawn. The first after a silence does not wait for a frame.
 */
export class OutputList {
  #known = new Map<unknown, KeyedOutput>();
  #changed = new Set<unknown>();
  #list: readonly KeyedOutput[] = [];
  #next = 0;
  #frame = 0;
  #isTelling = false;
  #told = Number.NEGATIVE_INFINITY;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly array: Y.Array<unknown>) {
    this.#read();
  }

  get = (): readonly KeyedOutput[] => this.#list;

  subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) {
      this.array.observeDeep(this.#hear);
      // What was written since it was made is not known: each is looked at again, and keeps its name.
      for (const item of this.#known.keys()) this.#changed.add(item);
      this.#tellSoon();
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.array.unobserveDeep(this.#hear);
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
    };
  };

  #hear = (events: Y.YEvent<Y.AbstractType<unknown>>[]): void => {
    for (const { path, target } of events) {
      if (target !== this.array) this.#changed.add(this.array.get(Number(path[0])));
    }
    this.#tellSoon();
  };

  #tellSoon(): void {
    if (this.#isTelling || this.#frame !== 0) return;
    if (performance.now() - this.#told < QUIET_MS) {
      this.#frame = requestAnimationFrame(this.#tell);
      return;
    }
    this.#isTelling = true;
    queueMicrotask(this.#tell);
  }

  #tell = (): void => {
    this.#isTelling = false;
    this.#frame = 0;
    this.#told = performance.now();
    if (!this.#read()) return;
    for (const listener of [...this.#listeners]) listener();
  };

  /** Answers whether anything is not as it was. */
  #read(): boolean {
    const before = this.#known;
    const list: KeyedOutput[] = [];
    this.#known = new Map();
    for (const item of this.array.toArray()) {
      let known = before.get(item);
      if (!known || this.#changed.has(item)) {
        const output = readOutput(item);
        if (!output) continue;
        if (!known || !isSame(known.output, output)) known = { key: known?.key ?? this.#next++, output };
      }
      this.#known.set(item, known);
      list.push(known);
    }
    this.#changed.clear();
    const isOther = list.length !== this.#list.length || list.some((one, index) => one !== this.#list[index]);
    if (isOther) this.#list = list;
    return isOther;
  }
}

/** Whether two are drawn alike: cheap, and wrong only by drawing once too often. */
function isSame(one: Output, other: Output): boolean {
  return one.type === "stream" && other.type === "stream" && one.name === other.name && one.text === other.text;
}

/** The outputs as they are now, and again whenever they change. Plain ones (of a version in the history) stay as they are. */
export function useOutputs(outputs: Y.Array<unknown> | readonly Output[]): readonly KeyedOutput[] {
  const list = useMemo(
    () => (outputs instanceof Y.Array ? new OutputList(outputs) : new FixedList(outputs)),
    [outputs],
  );
  return useSyncExternalStore(list.subscribe, list.get);
}

class FixedList {
  readonly #list: readonly KeyedOutput[];

  constructor(outputs: readonly Output[]) {
    this.#list = outputs.map((output, key) => ({ key, output }));
  }

  get = (): readonly KeyedOutput[] => this.#list;
  subscribe = (): (() => void) => () => {};
}
