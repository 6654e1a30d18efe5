import { ApiError, encodePath, getJson, sentence } from "../net/api";
import { Observable } from "../net/observable";
import type {
  AccountId,
  Blame,
  BlameRun,
  Burst,
  DocumentFormat,
  HistoryId,
  HistoryPage,
  HistorySummary,
  VersionText,
} from "../protocol/generated";
import { VersionNames } from "./version-names";

/** Characters of texts that are kept, so that going back and forth asks the server once. */
const MAX_KEPT_CHARACTERS = 8_000_000;

/** What is known of the list of bursts, the newest first. */
export interface HistoryList {
  /** The history that is shown; null until the first answer. */
  historyId: HistoryId | null;
  /** Its newest version. */
  version: number;
  bursts: readonly Burst[];
  /** There are older bursts that have not been asked for. */
  more: boolean;
  histories: readonly HistorySummary[];
  loading: boolean;
  /** Why there is nothing to show, or why it may be stale. */
  problem: string | null;
}

/** A version that is on the screen, and the one that it is compared with. */
export interface ShownVersion {
  version: number;
  format: DocumentFormat;
  text: string;
  at: number;
  accountId: AccountId | null;
  base: { version: number; text: string };
}

/** Who wrote the lines of a version. */
export interface ShownBlame {
  version: number;
  lines: readonly BlameRun[];
}

export type GetJson = <T>(path: string) => Promise<T>;

/** The history of the document at one path: who changed it when, and the text of any version. */
export class DocumentHistory {
  readonly list = new Observable<HistoryList>({
    historyId: null,
    version: 0,
    bursts: [],
    more: false,
    histories: [],
    loading: false,
    problem: null,
  });
  readonly shown = new Observable<ShownVersion | null>(null);
  readonly blame = new Observable<ShownBlame | null>(null);
  readonly names: VersionNames;
  readonly #address: string;
  readonly #get: GetJson;
  readonly #texts = new Map<number, Promise<VersionText>>();
  #keptCharacters = 0;
  /** One of the histories that lived at the path; null: that which lives there. */
  readonly #chosen: string | null;
  readonly #versions: LastOnly<{ version: number; base: number | null }>;
  readonly #blames: LastOnly<number>;
  #asked = 0;
  #closed = false;

  constructor(projectId: string, path: string, chosen: string | null = null, get: GetJson = getJson) {
    this.#address = `/projects/${projectId}/history/${encodePath(path)}`;
    this.#chosen = chosen;
    this.#get = get;
    this.names = new VersionNames(projectId, () => this.#url({ versions: "named" }), get);
    this.#versions = new LastOnly(
      (wanted) => this.#show(wanted),
      (error) => this.#fail(error),
    );
    this.#blames = new LastOnly(
      (version) => this.#showBlame(version),
      (error) => this.#fail(error),
    );
  }

  /** Where the whole history is downloaded as a git repository. */
  get exportAddress(): string {
    return this.#url({ export: "git" });
  }

  /** Where the file is downloaded as it was at a version. */
  fileAddress(version: number): string {
    return this.#url({ file: version });
  }

  /** What kind of document this is the history of; null until the first answer. */
  get format(): DocumentFormat | null {
    const { histories, historyId } = this.list.get();
    return histories.find((each) => each.history_id === historyId)?.format ?? null;
  }

  close(): void {
    this.#closed = true;
  }

  /** Asks for the newest bursts, at first and after somebody typed. */
  async refresh(): Promise<void> {
    await this.#load(null);
  }

  async loadMore(): Promise<void> {
    const { bursts, more, loading } = this.list.get();
    const oldest = bursts.at(-1);
    if (more && !loading && oldest) await this.#load(oldest.first);
  }

  /** The burst that a version is in, if it is in the list yet. */
  burstOf(version: number): Burst | undefined {
    return burstOf(this.list.get().bursts, version);
  }

  /**
   * Brings a version to `shown`, beside `base` or, with null, what was before its burst. While one is on its way, only the
   * last of those asked for meanwhile is fetched.
   */
  show(version: number, base: number | null = null): Promise<void> {
    return this.#versions.ask({ version, base });
  }

  /** Brings to `blame` who wrote each line of a version; with null nothing. */
  showBlame(version: number | null): void {
    if (version !== null) void this.#blames.ask(version);
    else {
      this.#blames.forget();
      this.blame.set(null);
    }
  }

  async #show(wanted: { version: number; base: number | null }): Promise<void> {
    const { version } = wanted;
    const burst = this.burstOf(version);
    const base = wanted.base ?? (burst ? burst.first - 1 : Math.max(0, version - 1));
    // The older one first: from there the server goes on to the other.
    const [older, newer] = [Math.min(base, version), Math.max(base, version)];
    const texts = await Promise.all([this.#text(older), this.#text(newer)]);
    if (this.#closed) return;
    const [compared, now] = base < version ? texts : [texts[1], texts[0]];
    const { text, at, account_id: accountId, format = "text" } = now;
    this.shown.set({ version, format, text, at, accountId, base: { version: base, text: compared.text } });
    this.#change({ problem: null });
  }

  async #showBlame(version: number): Promise<void> {
    if (this.blame.get()?.version === version) return;
    const { lines } = await this.#get<Blame>(this.#url({ blame: version }));
    if (!this.#closed) this.blame.set({ version, lines });
  }

  async #load(before: number | null): Promise<void> {
    const asked = ++this.#asked;
    this.#change({ loading: true });
    try {
      const page = await this.#get<HistoryPage>(this.#url(before === null ? {} : { before }));
      if (asked !== this.#asked) return;
      const kept = this.list.get().historyId === page.history_id ? this.list.get().bursts : [];
      const bursts = before === null ? joined(page.bursts, kept) : joined(kept, page.bursts);
      this.#change({
        historyId: page.history_id,
        version: page.version,
        bursts,
        more: (bursts.at(-1)?.first ?? 1) > 1,
        histories: page.histories,
        loading: false,
        problem: null,
      });
      if (this.names.historyId !== page.history_id) void this.names.refresh();
    } catch (error) {
      if (asked === this.#asked) this.#fail(error);
    }
  }

  #text(version: number): Promise<VersionText> {
    let text = this.#texts.get(version);
    if (!text) {
      text = this.#get<VersionText>(this.#url({ version }));
      this.#texts.set(version, text);
      text.then(
        ({ text }) => this.#count(text.length),
        () => this.#texts.delete(version),
      );
    }
    return text;
  }

  #count(characters: number): void {
    this.#keptCharacters += characters;
    if (this.#keptCharacters <= MAX_KEPT_CHARACTERS) return;
    this.#texts.clear();
    this.#keptCharacters = 0;
  }

  #url(query: Record<string, number | string>): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
    if (this.#chosen !== null) parameters.set("history", this.#chosen);
    const text = parameters.toString();
    return text === "" ? this.#address : `${this.#address}?${text}`;
  }

  #fail(error: unknown): void {
    const nothing = error instanceof ApiError && error.code === "not_found" && this.list.get().historyId === null;
    this.#change({ loading: false, problem: sentence(error), ...(nothing ? { bursts: [], more: false } : {}) });
  }

  #change(part: Partial<HistoryList>): void {
    if (!this.#closed) this.list.update((list) => ({ ...list, ...part }));
  }
}

/** Asks one after the other, and of those that came meanwhile only for the last. */
class LastOnly<T> {
  #wanted: T | null = null;
  #busy = false;

  constructor(
    private readonly run: (wanted: T) => Promise<void>,
    private readonly fail: (error: unknown) => void,
  ) {}

  forget(): void {
    this.#wanted = null;
  }

  async ask(wanted: T): Promise<void> {
    this.#wanted = wanted;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#wanted !== null) {
      const next: T = this.#wanted;
      this.#wanted = null;
      try {
        await this.run(next);
      } catch (error) {
        this.fail(error);
      }
    }
    this.#busy = false;
  }
}

/** By bisection: there may be thousands. */
export function burstOf(bursts: readonly Burst[], version: number): Burst | undefined {
  let low = 0;
  let high = bursts.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const burst = bursts[middle] as Burst;
    if (version > burst.last) high = middle - 1;
    else if (version < burst.first) low = middle + 1;
    else return burst;
  }
  return undefined;
}

/** Newer bursts, and what older ones say of the versions before them: every version stays in one burst. */
export function joined(newer: readonly Burst[], older: readonly Burst[]): Burst[] {
  const border = newer.at(-1)?.first ?? Number.POSITIVE_INFINITY;
  const rest = older.filter((burst) => burst.first < border);
  return [...newer, ...rest.map((burst) => (burst.last < border ? burst : { ...burst, last: border - 1 }))];
}

/** The line, counted from 1, with which each run of a blame begins. */
export function runStarts(lines: readonly BlameRun[]): number[] {
  let line = 1;
  return lines.map(({ count }) => {
    const start = line;
    line += count;
    return start;
  });
}

/** The index of the run that a line is in, by bisection. */
export function runOf(starts: readonly number[], line: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= line) low = middle;
    else high = middle - 1;
  }
  return low;
}
