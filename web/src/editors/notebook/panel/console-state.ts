/** The console of a notebook: one's own, in this page alone. It shares the kernel, and nothing of it is kept. */
import { Observable } from "../../../net/observable";
import type { KernelClient } from "../kernel-client";
import type { Output } from "../outputs";
import { readOutput } from "../outputs/read";

export interface ConsoleEntry {
  id: number;
  code: string;
  outputs: readonly Output[];
  count: number | null;
  running: boolean;
  /** Why it was not run, or not to its end. */
  problem: string | null;
}

/** More than these are forgotten, the oldest first. */
export const MOST_ENTRIES = 200;

export class ConsoleState {
  readonly entries = new Observable<readonly ConsoleEntry[]>([]);
  #last = 0;

  constructor(private readonly kernel: Pick<KernelClient, "runCode">) {}

  async run(code: string): Promise<void> {
    const id = ++this.#last;
    const entry: ConsoleEntry = { id, code, outputs: [], count: null, running: true, problem: null };
    this.entries.update((all) => [...all, entry].slice(-MOST_ENTRIES));
    const done = await this.kernel.runCode(code, (output) => {
      const read = readOutput(output);
      if (read) this.#change(id, (now) => ({ ...now, outputs: added(now.outputs, read) }));
    });
    this.#change(id, (now) =>
      typeof done === "string"
        ? { ...now, running: false, problem: done }
        : { ...now, running: false, count: done.execution_count ?? null },
    );
  }

  clear(): void {
    this.entries.update((all) => all.filter(({ running }) => running));
  }

  /** What was run before, newest first, each once: for the arrow keys. */
  history(): string[] {
    return [...new Set(this.entries.get().map(({ code }) => code))].reverse();
  }

  #change(id: number, change: (entry: ConsoleEntry) => ConsoleEntry): void {
    this.entries.update((all) => all.map((entry) => (entry.id === id ? change(entry) : entry)));
  }
}

/** A stream goes on where it was. */
function added(outputs: readonly Output[], next: Output): readonly Output[] {
  const last = outputs.at(-1);
  if (last?.type !== "stream" || next.type !== "stream" || last.name !== next.name) return [...outputs, next];
  return [...outputs.slice(0, -1), { ...last, text: last.text + next.text }];
}

const consoles = new WeakMap<KernelClient, ConsoleState>();

export function consoleOf(kernel: KernelClient): ConsoleState {
  const known = consoles.get(kernel) ?? new ConsoleState(kernel);
  consoles.set(kernel, known);
  return known;
}

/** Whether Enter runs it: a line of its own that asks for no more. */
export const isWhole = (code: string): boolean => !code.includes("\n") && !/[:([{\\,]\s*$/.test(code);
