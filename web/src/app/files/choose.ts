import type { Observable } from "../../net/observable";
import type { FileRow } from "../../store/file-rows";
import { all, only, ranged, type Selection, toggled } from "../../store/selection";
import type { Choosing } from "../../ui/VirtualTree";

/** Chooses a row of a list as mouse or keys said. */
export function choose(selection: Observable<Selection>, rows: readonly FileRow[], path: string, how: Choosing): void {
  const order = () => rows.filter((row) => row.entry !== undefined).map((row) => row.path);
  selection.update((chosen) => {
    if (how === "all") return all(order());
    if (how === "toggle") return toggled(chosen, path);
    return how === "range" ? ranged(chosen, order(), path) : only(path);
  });
}
