import { useEffect, useRef, useState } from "react";
import { session } from "../../store/session";
import "../text/text.css";
import { DownloadLink } from "./DownloadLink";
import { type FrameAnswer, type FrameMessage, fileUrl, type PreviewKind } from "./kinds";

/** Above this a preview would stall the browser; the file can still be downloaded. */
const MAX_PREVIEW_BYTES = 50 * 1024 * 1024;

/**
 * Draws what a user made. It never enters this page: the bytes go by message into a frame of the content origin, which has
 * no cookie and no token, and whose sandbox gives it an origin of its own.
 */
export function ContentFrame({ projectId, path, kind }: { projectId: string; path: string; kind: PreviewKind }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, setReady] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const name = path.slice(path.lastIndexOf("/") + 1);

  useEffect(() => {
    const hear = (event: MessageEvent<FrameAnswer>) => {
      if (event.source !== frame.current?.contentWindow) return;
      if (event.data.type === "ready") setReady(true);
      if (event.data.type === "failed") setProblem(`${name} cannot be shown. Download it to look at it.`);
    };
    window.addEventListener("message", hear);
    return () => window.removeEventListener("message", hear);
  }, [name]);

  useEffect(() => {
    if (!ready) return;
    const abort = new AbortController();
    fetchBytes(fileUrl(projectId, path), abort.signal).then(
      (bytes) => {
        const message: FrameMessage = { kind, bytes, name };
        // The frame's origin is opaque, so no other target can be named; it is our own page in there.
        frame.current?.contentWindow?.postMessage(message, "*", [bytes]);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
      },
    );
    return () => abort.abort();
  }, [ready, projectId, path, kind, name]);

  if (problem !== null) {
    return (
      <div className="editor-place" role="status">
        <p>{problem}</p>
        <DownloadLink projectId={projectId} path={path} />
      </div>
    );
  }
  return (
    <div className="editor-preview">
      <div className="editor-preview-bar">
        <span>{name}</span>
        <DownloadLink projectId={projectId} path={path} />
      </div>
      <iframe
        ref={frame}
        title={`Preview of ${name}`}
        sandbox="allow-scripts"
        referrerPolicy="no-referrer"
        src={`${session.get()?.site.content_origin ?? ""}/frame`}
      />
    </div>
  );
}

async function fetchBytes(url: string, signal: AbortSignal): Promise<ArrayBuffer> {
  const answer = await fetch(url, { signal });
  if (!answer.ok) {
    const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
    throw new Error(body?.error?.message ?? `The file could not be read (${answer.status}). Try again.`);
  }
  if (Number(answer.headers.get("Content-Length") ?? 0) > MAX_PREVIEW_BYTES) {
    throw new Error("This file is too large for a preview. Download it to look at it.");
  }
  return answer.arrayBuffer();
}
