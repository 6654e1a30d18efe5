/**
 * A text file of any size, read page by page. Pure but for the requests: what is shown, and what is going on, are
 * observable.
 */
import { ApiError, encodePath, getJson, sentence } from "../../net/api";
import { Observable } from "../../net/observable";
import type { FilePage, ReadingGoesOn, TextFound, TextNotFound } from "../../protocol/generated";

/** Beyond the end the server answers with the last page. */
export const LAST_PAGE = 999_999_999;

/** What the viewer shows. */
export interface Shown {
  page: FilePage | null;
  /** Where in the page's text to go, set anew with each wish. */
  target: { from: number; to: number } | null;
  /** What is going on, in a few words; null when nothing is. */
  busy: string | null;
  /** Said once something has happened: a text was not found, the file has changed. */
  note: string | null;
  /** Why there is nothing to show, or why it may be stale. */
  problem: ApiError | null;
}

export type Ask = <T>(path: string) => Promise<T>;

export class PagedFile {
  readonly shown = new Observable<Shown>({ page: null, target: null, busy: null, note: null, problem: null });
  /** Shows the last page, and again whenever the file grows. */
  readonly following = new Observable(false);
  private readonly address: string;
  /** Counts what a person has asked for; an answer to something older is dropped. */
  private wish = 0;
  private found: (TextFound & { text: string; matchCase: boolean }) | null = null;
  private refreshing: Promise<void> | null = null;
  private again = false;
  private closed = false;

  constructor(
    projectId: string,
    path: string,
    private readonly ask: Ask = getJson,
  ) {
    this.address = `/projects/${projectId}/pages/${encodePath(path)}`;
  }

  close(): void {
    this.closed = true;
    this.wish++;
  }

  /** Shows a page, counted from 1; beyond the end the last one. */
  async go(page: number): Promise<void> {
    this.following.set(false);
    await this.load({ page: Math.max(1, page) }, () => null);
  }

  /** Shows the end of the file. */
  async goToEnd(): Promise<void> {
    this.following.set(false);
    await this.toEnd();
  }

  /** Shows a line, counted from 1. */
  async goToLine(line: number): Promise<void> {
    this.following.set(false);
    await this.load({ line }, (page) => {
      const index = page.first_line === null ? 0 : line - page.first_line;
      const from = startOfLine(page.text, index);
      return { from, to: from };
    });
  }

  /** Shows the end, and keeps showing it; or no longer. */
  async follow(is: boolean): Promise<void> {
    this.following.set(is);
    if (is) await this.toEnd();
  }

  /** Shows the next place of a text, or the one before; past the end the search goes on at the start. */
  async find(text: string, options: { backward: boolean; matchCase: boolean }): Promise<void> {
    if (text === "") return;
    this.following.set(false);
    const mine = this.start("Searching…");
    const { backward, matchCase } = options;
    const last = this.found?.text === text && this.found.matchCase === matchCase ? this.found : null;
    const page = this.shown.get().page;
    const begin = last ? (backward ? last.at : last.next) : (page?.at ?? 0);
    try {
      let wrapped = false;
      let found = await this.search(mine, text, options, begin);
      if (found?.type === "not_found" && (backward || begin > 0)) {
        wrapped = true;
        found = await this.search(mine, text, options, null);
      }
      if (!found || mine !== this.wish) return;
      if (found.type === "not_found") {
        this.change({ busy: null, note: `“${text}” is not in this file.` });
        return;
      }
      this.found = { ...found, text, matchCase };
      const note = wrapped ? `Went on from the ${backward ? "end" : "start"} of the file.` : null;
      await this.show(mine, { page: found.page }, () => ({ from: found.start, to: found.end }), note);
    } catch (error) {
      this.fail(mine, error);
    }
  }

  /** Ends a search or a count that takes long. */
  stop(): void {
    this.wish++;
    this.change({ busy: null });
  }

  /** The file may have changed: looks, and shows what is there now. */
  refresh(): Promise<void> {
    this.again = true;
    this.refreshing ??= this.refreshWhileAsked().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  private async refreshWhileAsked(): Promise<void> {
    while (this.again && !this.closed) {
      this.again = false;
      const before = this.shown.get();
      if (before.busy !== null || (before.page === null && before.problem === null)) return;
      if (this.following.get()) {
        await this.toEnd();
        continue;
      }
      const mine = this.wish;
      try {
        const page = await this.page({ page: before.page?.page ?? 1 });
        if (mine !== this.wish) continue;
        const same = before.page !== null && page.text === before.page.text;
        const changed = before.page !== null && !page.text.startsWith(before.page.text);
        this.change({
          page: same && before.page ? { ...page, text: before.page.text } : page,
          target: null,
          problem: null,
          note: changed ? "The file has changed and is shown as it is now." : null,
        });
      } catch (error) {
        this.fail(mine, error);
      }
    }
  }

  private async toEnd(): Promise<void> {
    await this.load({ page: LAST_PAGE }, (page) => ({
      from: page.text.length,
      to: page.text.length,
    }));
  }

  private async load(query: Query, target: (page: FilePage) => Shown["target"]): Promise<void> {
    const mine = this.start(this.shown.get().page === null || this.following.get() ? null : "Reading…");
    try {
      await this.show(mine, query, target, null);
    } catch (error) {
      this.fail(mine, error);
    }
  }

  private async show(
    mine: number,
    query: Query,
    target: (page: FilePage) => Shown["target"],
    note: string | null,
  ): Promise<void> {
    let page: FilePage | null = null;
    while (page === null) {
      const answer = await this.ask<FilePage | ReadingGoesOn>(this.url(query));
      if (mine !== this.wish) return;
      if (answer.type === "page") page = answer;
      else this.change({ busy: `Counting lines… ${share(answer)}` });
    }
    this.change({ page, target: target(page), busy: null, note, problem: null });
    while (page.first_line === null) {
      // What is shown has no line numbers yet; the server counts for a moment with each request.
      const { page: number, tag } = page;
      page = await this.page({ page: number });
      if (mine !== this.wish || page.tag !== tag) return;
      if (page.first_line !== null) this.change({ page });
    }
  }

  private async search(
    mine: number,
    text: string,
    { backward, matchCase }: { backward: boolean; matchCase: boolean },
    begin: number | null,
  ): Promise<TextFound | TextNotFound | null> {
    let at = begin;
    for (;;) {
      const query: Query = { find: text };
      if (at !== null) query.at = at;
      if (backward) query.backward = 1;
      if (matchCase) query.case = 1;
      const answer = await this.ask<TextFound | TextNotFound | ReadingGoesOn>(this.url(query));
      if (mine !== this.wish) return null;
      if (answer.type !== "goes_on") return answer;
      at = answer.at;
      this.change({ busy: `Searching… ${share(answer, backward)}` });
    }
  }

  private page(query: Query): Promise<FilePage> {
    return this.ask<FilePage>(this.url(query));
  }

  private start(busy: string | null): number {
    this.change({ busy, note: null });
    return ++this.wish;
  }

  private fail(mine: number, error: unknown): void {
    if (mine !== this.wish || this.closed) return;
    const problem = error instanceof ApiError ? error : new ApiError({ code: "internal", message: sentence(error) });
    this.change({ busy: null, problem });
  }

  private change(change: Partial<Shown>): void {
    if (!this.closed) this.shown.update((shown) => ({ ...shown, ...change }));
  }

  private url(query: Query): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
    return `${this.address}?${parameters}`;
  }
}

type Query = Record<string, string | number>;

const share = ({ at, size_bytes }: ReadingGoesOn, backward = false): string => {
  const done = at / Math.max(1, size_bytes);
  return `${Math.round(100 * (backward ? 1 - done : done))} %`;
};

/** Where a line (from 0) of a text begins; beyond the end that of the last one. */
export function startOfLine(text: string, line: number): number {
  let from = 0;
  for (let index = 0; index < line; index++) {
    const next = text.indexOf("\n", from);
    if (next < 0) break;
    from = next + 1;
  }
  return from;
}
