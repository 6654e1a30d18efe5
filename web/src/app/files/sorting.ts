import { Observable } from "../../net/observable";
import { SORT_COLUMNS, type SortColumn, type Sorting } from "../../store/listing";
import { readStored, writeStored } from "../../store/settings";

const KEY = "studium:file-order";

function stored(): Sorting {
  const { by, descending } = (readStored(KEY) ?? {}) as Partial<Sorting>;
  return { by: SORT_COLUMNS.find((column) => column === by) ?? "name", descending: descending === true };
}

/** How lists of files are sorted. Remembered in this browser. */
export const sorting = new Observable<Sorting>(stored());
sorting.subscribe(() => writeStored(KEY, sorting.get()));

/** Sorts by a column: the other way around when it is sorted by it already. Times, sizes and people begin with the most. */
export function sortBy(by: SortColumn): void {
  sorting.update((now) => ({ by, descending: now.by === by ? !now.descending : by !== "name" }));
}
