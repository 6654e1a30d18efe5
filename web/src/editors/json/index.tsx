import { useEffect, useState } from "react";
import { Skeleton } from "../../ui/Skeleton";
import { bytesWords } from "../notebook/kernel-words";
import type { EditorProps } from "../types";
import { readWhole, TooLarge } from "../viewer/ranges";
import { useFileVersion } from "../viewer/use-file-version";
import { useViewerStatus } from "../viewer/use-viewer-status";
import { EditAsText, ViewerBar } from "../viewer/ViewerBar";
import { ViewerProblem } from "../viewer/ViewerProblem";
import { JsonView } from "./JsonView";
import { parse } from "./tree";

/** A larger one takes more memory than a tab should. */
const MAX_JSON_BYTES = 100 * 1024 * 1024;
export const JSON_LINES = /\.(jsonl|ndjson|ldjson)$/i;

/** A file of JSON, or of JSON Lines, as a tree. */
export default function JsonViewer({ projectId, path, active, mayEdit, onStatus }: EditorProps) {
  const [version, again] = useFileVersion(projectId, path);
  const [read, setRead] = useState<{ value: unknown; bytes: number } | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when the file was written
  useEffect(() => {
    const abort = new AbortController();
    readWhole(projectId, path, MAX_JSON_BYTES, abort.signal).then(
      (bytes) => {
        if (abort.signal.aborted) return;
        try {
          setRead({ value: parse(new TextDecoder().decode(bytes), JSON_LINES.test(path)), bytes: bytes.length });
          setProblem(null);
        } catch (error) {
          setProblem(whyNot(path, error));
        }
      },
      (error: unknown) => {
        if (!abort.signal.aborted)
          setProblem(error instanceof TooLarge ? `${error.message} Read it as text, in pages.` : error);
      },
    );
    return () => abort.abort();
  }, [projectId, path, version]);
  useViewerStatus(onStatus, "JSON, read only");
  if (problem !== null) return <ViewerProblem projectId={projectId} path={path} problem={problem} onRetry={again} />;
  if (!read) return <Skeleton lines={10} label="Opening the file" />;
  return (
    <div className="viewer">
      <ViewerBar projectId={projectId} path={path} label="JSON" about={bytesWords(read.bytes)}>
        <EditAsText path={path} mayEdit={mayEdit} />
      </ViewerBar>
      <div className="viewer-body">
        <JsonView path={path} value={read.value} active={active} />
      </div>
    </div>
  );
}

export function whyNot(path: string, error: unknown): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return `${name} is not JSON: ${error instanceof Error ? error.message : String(error)}.`;
}
