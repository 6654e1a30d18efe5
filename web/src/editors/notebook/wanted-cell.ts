/** Goes to the cell that somebody found in all files: there a notebook is the text of its file. */
import { useEffect } from "react";
import { wantedPlace } from "../../store/wanted-place";
import type { CellHandles } from "./handles";
import type { NotebookSession } from "./session";

export function useWantedCell(session: NotebookSession | null, handles: CellHandles, path: string, active: boolean) {
  useEffect(() => {
    if (!session || !active) return;
    const look = () => {
      const wanted = wantedPlace.get();
      if (wanted?.path !== path || wanted.text === undefined) return;
      const { text } = wanted;
      // Once the frame has shown the notebook, which gives it the focus.
      setTimeout(() => {
        if (wantedPlace.get() !== wanted) return;
        wantedPlace.set(null);
        const { notebook } = session;
        const cells = notebook.order.get().map((id) => ({ id, text: notebook.source(id)?.toString() ?? "" }));
        const id = cellWith(cells, text);
        if (id === null) return;
        session.select(id);
        handles.get(id)?.element.scrollIntoView({ block: "center" });
      }, 0);
    };
    look();
    return wantedPlace.subscribe(look);
  }, [session, handles, path, active]);
}

/** The first cell with a line of the file, which has the line of a source as a string of JSON; null for other lines. */
export function cellWith(cells: readonly { id: string; text: string }[], line: string): string | null {
  const string = /^\s*(?:"source":\s*\[?\s*)?("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  let source: unknown;
  try {
    source = JSON.parse(string ?? "null");
  } catch {
    return null;
  }
  if (typeof source !== "string") return null;
  const wanted = source.replace(/\n$/, "");
  const found = cells.find(({ text }) => text === wanted || text.split("\n").includes(wanted));
  return found?.id ?? null;
}
