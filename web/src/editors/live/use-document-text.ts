import { useEffect, useState } from "react";
import type * as Y from "yjs";
import { openDocument } from "../../net/documents";

/** Drawn at most this often while somebody types. */
const EVERY_MS = 150;

/** The text of a live document, followed; null until it is there. Shares the document with its editor. */
export function useDocumentText(projectId: string, path: string, accountId: string): string | null {
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    const document = openDocument(projectId, path, accountId);
    const { client } = document;
    let followed: Y.Text | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (client.ready) setText(client.text.toString());
      }, EVERY_MS);
    };
    // Another history of the file brings another text.
    const follow = () => {
      if (followed === client.text) return;
      followed?.unobserve(read);
      followed = client.text;
      followed.observe(read);
      read();
    };
    const stop = client.subscribe(() => {
      follow();
      read();
    });
    follow();
    return () => {
      clearTimeout(timer);
      stop();
      followed?.unobserve(read);
      document.release();
    };
  }, [projectId, path, accountId]);
  return text;
}
