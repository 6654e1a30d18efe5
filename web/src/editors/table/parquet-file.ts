/** A Parquet file, read in parts in the page itself: its directory, then the row groups that are looked at. */
import type { AsyncBuffer, FileMetaData } from "hyparquet";
import { Observable } from "../../net/observable";
import { FileRanges } from "../viewer/ranges";
import { type Row, RowPages, type TableSource, type TableState, UNKNOWN } from "./rows";

/** A row group is decoded as a whole; a larger one would hold up the page. */
const MAX_GROUP_BYTES = 256 * 1024 * 1024;
const MAX_KEPT_BYTES = 64 * 1024 * 1024;
const MAX_COLUMNS = 2_000;
const MAX_CELL = 10_000;

export interface ParquetState extends TableState {
  groups: number;
}

export class ParquetFile implements TableSource {
  readonly state = new Observable<ParquetState>({ ...UNKNOWN, groups: 0 });
  readonly pages: RowPages;
  readonly #ranges: FileRanges;
  #metadata: FileMetaData | null = null;
  #file: AsyncBuffer | null = null;
  #names: string[] = [];
  #closed = false;

  constructor(projectId: string, path: string) {
    this.#ranges = new FileRanges(projectId, path);
    this.pages = new RowPages(
      (first, count) => this.read(first, count),
      (error) => this.fail(error),
    );
  }

  start(): void {
    this.begin().catch((error: unknown) => this.fail(error));
  }

  close(): void {
    this.#closed = true;
    this.#ranges.close();
  }

  private async begin(): Promise<void> {
    const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
    const size = await this.#ranges.size();
    if (size < 12) throw new Error("This file is too short to be a Parquet file.");
    const last = await this.#ranges.fetch(size - 4, 4);
    if (String.fromCharCode(...last) !== "PAR1") {
      throw new Error("This file does not end as a Parquet file does: it is of another kind, or was cut off.");
    }
    this.#file = buffered(this.#ranges, size);
    this.#metadata = await parquetMetadataAsync(this.#file);
    this.#names = parquetSchema(this.#metadata)
      .children.slice(0, MAX_COLUMNS)
      .map(({ element }) => element.name);
    if (this.#closed) return;
    this.state.set({
      names: this.#names,
      columns: this.#names.length,
      rows: Number(this.#metadata.num_rows),
      complete: true,
      problem: null,
      groups: this.#metadata.row_groups.length,
    });
  }

  private async read(first: number, count: number): Promise<Row[]> {
    if (!this.#metadata || !this.#file) return [];
    const rowEnd = Math.min(first + count, Number(this.#metadata.num_rows));
    this.check(first, rowEnd);
    const [{ parquetReadObjects }, compressors] = await Promise.all([import("hyparquet"), loadCompressors()]);
    const rows = await parquetReadObjects({
      file: this.#file,
      metadata: this.#metadata,
      columns: this.#names,
      rowStart: first,
      rowEnd,
      compressors,
    });
    return rows.map((row) => this.#names.map((name) => cellText(row[name])));
  }

  private check(first: number, end: number): void {
    let row = 0;
    for (const group of this.#metadata?.row_groups ?? []) {
      const next = row + Number(group.num_rows);
      if (row < end && next > first && Number(group.total_byte_size) > MAX_GROUP_BYTES) {
        const size = Math.round(Number(group.total_byte_size) / 1e6);
        throw new Error(
          `The rows of this file are in groups of ${size} MB, which is too much for the page. Read it with pandas or Polars.`,
        );
      }
      row = next;
    }
  }

  private fail(error: unknown): void {
    if (this.#closed) return;
    const words = error instanceof Error ? error.message : String(error);
    const problem = /^(This file|The rows|There is|The server)/.test(words)
      ? error
      : new Error(`This Parquet file cannot be read: ${words}. It may be damaged, or use what is not supported yet.`);
    this.state.update((state) => ({ ...state, problem }));
  }
}

/** What the library asks for; parts that were read are kept up to a bound. */
function buffered(ranges: FileRanges, byteLength: number): AsyncBuffer {
  const kept = new Map<string, ArrayBuffer>();
  let bytes = 0;
  return {
    byteLength,
    async slice(start: number, end: number = byteLength) {
      const key = `${start}-${end}`;
      const known = kept.get(key);
      if (known) return known;
      const part = (await ranges.fetch(start, end - start)).buffer;
      kept.set(key, part);
      bytes += part.byteLength;
      for (const [oldest, old] of kept) {
        if (bytes <= MAX_KEPT_BYTES || oldest === key) break;
        kept.delete(oldest);
        bytes -= old.byteLength;
      }
      return part;
    },
  };
}

/** Without WebAssembly, which the page's policy does not allow; Snappy is in the library itself. */
async function loadCompressors() {
  const [{ gunzip }, { decompressBrotli }, { decompressLz4, decompressLz4Raw }, { decompress }] = await Promise.all([
    import("hyparquet-compressors/src/gzip.js"),
    import("hyparquet-compressors/src/brotli.js"),
    import("hyparquet-compressors/src/lz4.js"),
    import("fzstd"),
  ]);
  return {
    GZIP: (input: Uint8Array, length: number) => gunzip(input, new Uint8Array(length)),
    BROTLI: decompressBrotli,
    ZSTD: (input: Uint8Array) => decompress(input),
    LZ4: decompressLz4,
    LZ4_RAW: decompressLz4Raw,
  };
}

/** A value of any type, as a cell shows it. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text =
    value instanceof Date
      ? Number.isNaN(value.getTime())
        ? "not a time"
        : value
            .toISOString()
            .replace(/T00:00:00\.000Z$/, "")
            .replace("T", " ")
            .replace(/(\.000)?Z$/, "")
      : value instanceof Uint8Array
        ? `${value.length} bytes`
        : typeof value === "object"
          ? JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part))
          : String(value);
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL)}…` : text;
}
