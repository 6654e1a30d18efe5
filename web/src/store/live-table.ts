import type { Change } from "../protocol/generated";

export type Row = Record<string, unknown>;

/** What identifies a row, and in which order rows are shown. */
export interface TableShape<R> {
  key: readonly (keyof R & string)[];
  compare?(a: R, b: R): number;
}

/** A row's primary key as one string. */
export function keyOf<R extends object>(shape: TableShape<R>, row: Partial<R>): string {
  return JSON.stringify(shape.key.map((field) => row[field]));
}

/**
 * The rows after one event of their feed. The law, tested against random programs: a snapshot with all events applied
 * equals a fresh snapshot. Events may come twice (after a resume); the second time changes nothing.
 */
export function apply<R extends object>(
  rows: readonly R[],
  event: Pick<Change, "action" | "new" | "old">,
  shape: TableShape<R>,
): readonly R[] {
  if (event.action === "close") return rows;
  const row = (event.action === "delete" ? event.old : event.new) as Partial<R> | null | undefined;
  if (!row) return rows;
  // The old key, where an update moved the row to another one.
  const key = keyOf(shape, event.action === "update" && event.old ? { ...row, ...(event.old as Partial<R>) } : row);
  const index = rows.findIndex((candidate) => keyOf(shape, candidate) === key);
  if (event.action === "delete") return index < 0 ? rows : rows.toSpliced(index, 1);
  const next = index < 0 ? [...rows, row as R] : rows.with(index, { ...(rows[index] as R), ...row });
  return sorted(next, shape);
}

export function sorted<R extends object>(rows: readonly R[], shape: TableShape<R>): readonly R[] {
  return shape.compare ? rows.toSorted(shape.compare) : rows;
}

/** A write that the page shows before the server has answered. */
export interface OptimisticWrite<R> {
  id: number;
  key: string;
  change(rows: readonly R[]): readonly R[];
}

/** What the page shows: what the server said, with the writes that are under way on top. */
export function overlay<R extends object>(
  rows: readonly R[],
  writes: readonly OptimisticWrite<R>[],
  shape: TableShape<R>,
): readonly R[] {
  if (writes.length === 0) return rows;
  return sorted(
    writes.reduce<readonly R[]>((shown, write) => write.change(shown), rows),
    shape,
  );
}
