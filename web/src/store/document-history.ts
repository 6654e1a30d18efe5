import { ApiError, encodePath, getJson, sentence } from "../net/api";
import { Observable } from "../net/observable";
import type { AccountId, Burst, HistoryId, HistoryPage, HistorySummary, VersionText } from "../protocol/generated";

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

/** A version that is on the screen, and the text before its burst. */
export interface ShownVersion {
  version: number;
  text: string;
  at: number;
  accountId: AccountId | null;
  before: string;
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
  readonly #address: string;
  readonly #get: GetJson;
  readonly #texts = new Map<number, Promise<VersionText>>();
  #keptCharacters = 0;
  #chosen: HistoryId | null = null;
  #wanted: number | null = null;
  #showing = false;
  #asked = 0;
  #closed = false;

  constructor(projectId: string, path: string, get: GetJson = getJson) {
    this.#address = `/projects/${projectId}/history/${encodePath(path)}`;
    this.#get = get;
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

  /** Goes over to another of the histories that lived at the path. */
  async choose(historyId: HistoryId): Promise<void> {
    if (historyId === this.list.get().historyId) return;
    this.#chosen = historyId;
    this.#texts.clear();
    this.#keptCharacters = 0;
    this.#wanted = null;
    this.shown.set(null);
    this.#change({ historyId: null, bursts: [], version: 0, more: false });
    await this.#load(null);
  }

  /** The burst that a version is in, if it is in the list yet. */
  burstOf(version: number): Burst | undefined {
    return burstOf(this.list.get().bursts, version);
  }

  /** Brings a version to `shown`. While one is on its way, only the last of those asked for meanwhile is fetched. */
  async show(version: number): Promise<void> {
    this.#wanted = version;
    if (this.#showing) return;
    this.#showing = true;
    try {
      while (this.#wanted !== null) {
        const next: number = this.#wanted;
        this.#wanted = null;
        const burst = this.burstOf(next);
        const base = burst ? burst.first - 1 : Math.max(0, next - 1);
        // The older one first: from there the server goes on to the other.
        const [before, now] = await Promise.all([this.#text(base), this.#text(next)]);
        if (this.#closed) return;
        if (now.history_id !== this.list.get().historyId) continue; // of a history that was left meanwhile
        const { text, at, account_id: accountId } = now;
        this.shown.set({ version: next, text, at, accountId, before: before.text });
        this.#change({ problem: null });
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#showing = false;
    }
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

  #url(query: Record<string, number>): string {
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
