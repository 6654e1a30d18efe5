import { useEffect, useState } from "react";
import { type OpenDocument, openDocument } from "../../net/documents";

/** After an edit the list is asked for anew this much later, at most as often. */
const FOLLOW_MS = 1_000;

export interface LiveDocument {
  document: OpenDocument | null;
  writable: boolean;
}

/** The open document of a path, which the editor shares; `onEdit` is called some time after anybody typed in it. */
export function useLiveDocument(projectId: string, path: string, accountId: string, onEdit: () => void): LiveDocument {
  const [live, setLive] = useState<LiveDocument>({ document: null, writable: false });
  useEffect(() => {
    const document = openDocument(projectId, path, accountId);
    const { client } = document;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const edited = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        onEdit();
      }, FOLLOW_MS);
    };
    let doc = client.doc;
    doc.on("update", edited);
    const changed = () => {
      if (client.doc !== doc) {
        doc.off("update", edited);
        doc = client.doc;
        doc.on("update", edited);
        edited();
      }
      const writable = client.ready && client.writable;
      setLive((old) => (old.document === document && old.writable === writable ? old : { document, writable }));
    };
    const unsubscribe = client.subscribe(changed);
    changed();
    return () => {
      clearTimeout(timer);
      unsubscribe();
      doc.off("update", edited);
      document.release();
    };
  }, [projectId, path, accountId, onEdit]);
  return live;
}
