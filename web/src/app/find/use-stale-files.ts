import { useEffect } from "react";
import { join, parent } from "../../store/directories";
import { useObservable } from "../../store/react";
import { useProject } from "../project/context";

/** The folders of results that are watched; a page may follow some more at once. */
const MAX_WATCHED = 50;

/** Marks files of the results that change after they were searched. */
export function useStaleFiles(): void {
  const { find, files } = useProject();
  const state = useObservable(find.state);
  useEffect(() => {
    if (state.kind !== "done") return;
    const folders = [...new Set(find.order.get().map(parent))].slice(0, MAX_WATCHED);
    const since = state.done.began_at;
    const stops = folders.map((folder) =>
      files.socket.subscribe(folder, (event) => {
        if (event.type === "directory_failed") {
          find.markStale(find.order.get().filter((path) => parent(path) === folder));
          return;
        }
        const removed = event.type === "directory_changed" ? event.removed : [];
        const changed = event.entries.filter((entry) => (entry.modified_at ?? 0) > since).map((entry) => entry.name);
        find.markStale([...removed, ...changed].map((name) => join(folder, name)));
      }),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }, [find, files, state]);
}
