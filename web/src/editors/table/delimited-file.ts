/** A file of delimited text, whose rows the server finds. Pure but for the requests. */
import { ApiError, encodePath, getJson, sentence } from "../../net/api";
import { Observable } from "../../net/observable";
import type { ReadingGoesOn, TableRows } from "../../protocol/generated";
import { PAGE_ROWS, type Row, RowPages, type TableSource, type TableState, UNKNOWN } from "./rows";

export interface Dialect {
  delimiter?: string;
  header?: boolean;
}

export interface DelimitedState extends TableState {
  delimiter: string;
  header: boolean;
  replaced: boolean;
  /** How much of the file has been counted, from 0 to 1. */
  share: number;
}

type Ask = (path: string) => Promise<TableRows | ReadingGoesOn>;

export class DelimitedFile implements TableSource {
  readonly state = new Observable<DelimitedState>({
    ...UNKNOWN,
    delimiter: ",",
    header: false,
    replaced: false,
    share: 0,
  });
  readonly pages: RowPages;
  #tag: string | null = null;
  #closed = false;
  #begun = 0;

  constructor(
    private readonly projectId: string,
    private readonly path: string,
    private readonly dialect: Dialect,
    private readonly ask: Ask = getJson,
  ) {
    this.pages = new RowPages(
      async (first, count) => (await this.read(first, count))?.rows ?? [],
      (error) => this.fail(error),
    );
  }

  /** Brings the first rows, and counts the others. */
  start(): void {
    void this.begin();
  }

  close(): void {
    this.#closed = true;
  }

  private async begin(): Promise<void> {
    const mine = ++this.#begun;
    try {
      const answer = await this.read(0, PAGE_ROWS);
      if (!answer) return;
      this.pages.forgetIncomplete();
      this.pages.put(0, answer.rows);
      // The server counts for a moment with each request.
      while (!this.#closed && mine === this.#begun && !this.state.get().complete) await this.read(0, 0);
      this.pages.forgetIncomplete();
    } catch (error) {
      this.fail(error);
    }
  }

  private async read(first: number, rows: number): Promise<TableRows | null> {
    const { delimiter, header } = this.dialect;
    const query = new URLSearchParams({ as: "table", first: String(first), rows: String(rows) });
    if (delimiter !== undefined) query.set("delimiter", delimiter);
    if (header !== undefined) query.set("header", header ? "1" : "0");
    for (;;) {
      const answer = await this.ask(`/projects/${this.projectId}/views/${encodePath(this.path)}?${query}`);
      if (this.#closed) return null;
      if (answer.type === "goes_on") {
        this.state.update((state) => ({ ...state, share: answer.at / Math.max(1, answer.size_bytes) }));
        continue;
      }
      this.take(answer);
      return answer;
    }
  }

  private take(answer: TableRows): void {
    if (this.#tag !== null && this.#tag !== answer.tag) this.pages.clear();
    this.#tag = answer.tag;
    const { delimiter, header } = answer;
    this.state.update((state) => ({
      ...state,
      names: answer.names,
      columns: Math.max(state.columns, answer.columns),
      rows: answer.counted,
      complete: answer.complete,
      problem: null,
      delimiter,
      header,
      replaced: state.replaced || answer.replaced,
      share: answer.counted_bytes / Math.max(1, answer.size_bytes),
    }));
  }

  private fail(error: unknown): void {
    if (this.#closed) return;
    const problem = error instanceof ApiError ? error : new ApiError({ code: "internal", message: sentence(error) });
    this.state.update((state) => ({ ...state, problem }));
  }
}

export type { Row };
