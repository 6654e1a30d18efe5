import { useEffect } from "react";
import { keepWorkspace, keptWorkspace } from "../../store/queries";
import type { TableStore } from "../../store/tables";
import { useTableStore } from "../../store/use-table";
import type { Workspace } from "../../store/workspace";

/** What was opened or moved is kept in the account after this. */
const KEEP_AFTER_MS = 5_000;

/**
 * Keeps what is open in the account, so that it comes back in another browser: what was kept there later than here
 * takes the place of what this browser remembers, once, when the project is opened.
 */
export function useKeptWorkspace(workspace: Workspace, projectId: string, accountId: string | undefined): void {
  const store = useTableStore();
  useEffect(() => {
    if (!store || !accountId) return;
    return keep(workspace, store, projectId, accountId);
  }, [workspace, store, projectId, accountId]);
}

function keep(workspace: Workspace, store: TableStore, projectId: string, accountId: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const write = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    // A convenience: what cannot be kept now is kept with the next change.
    keepWorkspace(store, accountId, projectId, workspace.written()).catch(() => {});
  };
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(write, KEEP_AFTER_MS);
  };
  keptWorkspace(store, projectId)
    .then((text) => {
      if (!stopped && text) workspace.takeOver(text);
    })
    .catch(() => {})
    .finally(() => {
      if (!stopped) stop = workspace.groups.subscribe(changed);
    });
  let stop = () => {};
  window.addEventListener("pagehide", write);
  return () => {
    stopped = true;
    stop();
    write();
    window.removeEventListener("pagehide", write);
  };
}
