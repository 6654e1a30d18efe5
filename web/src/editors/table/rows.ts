/** Rows of a table of any length: those in view are loaded, some more are kept. Pure but for what loads them. */
import { Observable } from "../../net/observable";

export const PAGE_ROWS = 200;
const MAX_PAGES = 40;

export type Row = readonly string[];

/** What is known of a table. */
export interface TableState {
  /** Null until the first rows have come. */
  names: readonly string[] | null;
  columns: number;
  rows: number;
  /** There are no more rows than that. */
  complete: boolean;
  problem: unknown;
}

export const UNKNOWN: TableState = { names: null, columns: 0, rows: 0, complete: false, problem: null };

export class RowPages {
  /** Counts up when rows have come. */
  readonly version = new Observable(0);
  readonly #pages = new Map<number, readonly Row[] | null>();

  constructor(
    private readonly load: (first: number, count: number) => Promise<readonly Row[]>,
    private readonly fail: (error: unknown) => void,
  ) {}

  /** A row, when it has come. */
  row(number: number): Row | undefined {
    return this.#pages.get(Math.floor(number / PAGE_ROWS))?.[number % PAGE_ROWS];
  }

  /** Has these rows brought. */
  want(first: number, last: number): void {
    for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page++) {
      const known = this.#pages.get(page);
      if (known === undefined) void this.bring(page);
      else this.keep(page, known);
    }
  }

  /** Rows, brought if need be. */
  async rows(first: number, last: number): Promise<Row[]> {
    const found: Row[] = [];
    for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page++) {
      const rows = this.#pages.get(page) ?? (await this.load(page * PAGE_ROWS, PAGE_ROWS));
      const start = page * PAGE_ROWS;
      found.push(...rows.slice(Math.max(0, first - start), last - start + 1));
    }
    return found;
  }

  put(page: number, rows: readonly Row[]): void {
    this.keep(page, rows);
    this.version.update((version) => version + 1);
  }

  clear(): void {
    this.#pages.clear();
    this.version.update((version) => version + 1);
  }

  /** A page that may be longer now is asked for again when it is looked at. */
  forgetIncomplete(): void {
    const short = [...this.#pages].filter(([, rows]) => rows && rows.length < PAGE_ROWS);
    if (short.length === 0) return;
    for (const [page] of short) this.#pages.delete(page);
    this.version.update((version) => version + 1);
  }

  private async bring(page: number): Promise<void> {
    this.keep(page, null);
    try {
      const rows = await this.load(page * PAGE_ROWS, PAGE_ROWS);
      if (this.#pages.has(page)) this.put(page, rows);
    } catch (error) {
      this.#pages.delete(page);
      this.fail(error);
    }
  }

  private keep(page: number, rows: readonly Row[] | null): void {
    this.#pages.delete(page); // the one that was used last is at the end
    this.#pages.set(page, rows);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= MAX_PAGES) break;
      this.#pages.delete(oldest);
    }
  }
}

/** What shows a table: a file of some format, read row by row. */
export interface TableSource {
  readonly state: Observable<TableState>;
  readonly pages: RowPages;
  start(): void;
  close(): void;
}

/** Cells as a spreadsheet takes them from the clipboard. */
export function clipboardText(rows: readonly Row[], firstColumn: number, lastColumn: number): string {
  const quoted = (cell: string) => (/[\t\n"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows
    .map((row) =>
      Array.from({ length: lastColumn - firstColumn + 1 }, (_, index) => quoted(row[firstColumn + index] ?? "")).join(
        "\t",
      ),
    )
    .join("\n");
}
