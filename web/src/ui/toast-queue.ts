import { Observable } from "../net/observable";

export interface Toast {
  id: number;
  text: string;
  danger: boolean;
  act?: { label: string; run(): void };
}

/** More than this at once would cover the page; the oldest goes. */
export const MAX_TOASTS = 4;
const SHOWN_MS = 8_000;
const SHOWN_WITH_ACT_MS = 20_000;

export const toasts = new Observable<readonly Toast[]>([]);
let nextId = 1;

/** Tells the person something small, with at most one thing to do about it. Answers a function that takes it away. */
export function toast(text: string, options: { danger?: boolean; act?: Toast["act"] } = {}): () => void {
  const id = nextId++;
  const act = options.act;
  const shown: Toast = { id, text, danger: options.danger ?? false, ...(act ? { act } : {}) };
  toasts.update((all) => [...all, shown].slice(-MAX_TOASTS));
  setTimeout(() => dismiss(id), act ? SHOWN_WITH_ACT_MS : SHOWN_MS);
  return () => dismiss(id);
}

export function dismiss(id: number): void {
  toasts.update((all) => all.filter((other) => other.id !== id));
}
