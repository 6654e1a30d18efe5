/** The cells that were copied or cut last, for all notebooks of this page and of this browser. */
import { Observable } from "../../net/observable";
import { readStored, writeStored } from "../../store/settings";
import { isObject, type PlainCell } from "../../sync/notebook/schema";

const KEY = "studium:copied-cells";
/** More than that is for this page only: a browser keeps little. */
const MOST_STORED_CHARACTERS = 500_000;

const here = new Observable<readonly PlainCell[]>([]);

export function copied(): readonly PlainCell[] {
  const stored = readStored(KEY);
  if (here.get().length > 0 || !Array.isArray(stored)) return here.get();
  return stored.filter((cell): cell is PlainCell => isObject(cell) && typeof cell.source === "string");
}

export function setCopied(cells: readonly PlainCell[]): void {
  here.set(cells);
  const text = JSON.stringify(cells);
  writeStored(KEY, text.length <= MOST_STORED_CHARACTERS ? cells : []);
}

// Another page of this browser has copied something newer.
globalThis.addEventListener?.("storage", (event) => {
  if (event.key === KEY) here.set([]);
});
