import { useEffect, useState } from "react";
import type { Doc } from "yjs";

/** Counts up when the document has changed, at most once in so many milliseconds. */
export function useDocVersion(doc: Doc, everyMs: number): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setVersion((count) => count + 1);
      }, everyMs);
    };
    doc.on("update", changed);
    return () => {
      clearTimeout(timer);
      doc.off("update", changed);
    };
  }, [doc, everyMs]);
  return version;
}
