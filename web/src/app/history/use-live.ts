import { useCallback, useEffect, useState } from "react";
import { type OpenDocument, openDocument } from "../../net/documents";

/** After an edit the list is asked for anew this much later, at most as often. */
const FOLLOW_MS = 1_000;

export interface LiveDocument {
  document: OpenDocument | null;
  writable: boolean;
  /** Counts up some time after anybody typed. */
  edited: number;
  /** Counts up now. */
  refresh(): void;
}

/** The open document of a path, which the editor shares; none without a path. `onEdit` is called when `edited` counts up,
 *  `onNames` when names of versions may have changed. */
export function useLiveDocument(
  projectId: string,
  path: string | null,
  accountId: string,
  onEdit: () => void,
  onNames: () => void,
): LiveDocument {
  const [live, setLive] = useState<Omit<LiveDocument, "refresh">>({ document: null, writable: false, edited: 0 });
  const refresh = useCallback(() => setLive((old) => ({ ...old, edited: old.edited + 1 })), []);
  useEffect(() => {
    if (path === null) return;
    const document = openDocument(projectId, path, accountId);
    const { client } = document;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const edited = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        refresh();
        onEdit();
      }, FOLLOW_MS);
    };
    let { doc, namings } = client;
    let waiting = client.saveState.waiting > 0;
    doc.on("update", edited);
    const changed = () => {
      if (client.doc !== doc) {
        doc.off("update", edited);
        doc = client.doc;
        doc.on("update", edited);
        edited();
      }
      // What was typed just before the history was opened is in it once it is on the server.
      const waited = waiting;
      waiting = client.saveState.waiting > 0;
      if (waited && !waiting) edited();
      if (client.namings !== namings) {
        namings = client.namings;
        onNames();
      }
      const writable = client.ready && client.writable;
      setLive((old) => (old.document === document && old.writable === writable ? old : { ...old, document, writable }));
    };
    const unsubscribe = client.subscribe(changed);
    changed();
    return () => {
      clearTimeout(timer);
      unsubscribe();
      doc.off("update", edited);
      document.release();
    };
  }, [projectId, path, accountId, onEdit, onNames, refresh]);
  return { ...live, refresh };
}
