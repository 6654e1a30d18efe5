import { type RefObject, useEffect, useRef, useState } from "react";
import { encodePath, getJson, sentence } from "../../net/api";
import type { DrawnText } from "../../protocol/generated";
import { type FrameHandle, FramePreview } from "./FramePreview";

interface RestructuredPreviewProps {
  projectId: string;
  path: string;
  /** What it is now: the server draws what it has of it. */
  text: string;
  handle: RefObject<FrameHandle | null>;
  onShown(): void;
}

const REST_MS = 600;
const STYLE = `<!doctype html><meta charset="utf-8"><style>
  body { max-width: 46rem; margin: 16px 24px; font: 15px/1.6 system-ui, sans-serif; color: #1c1b1a; }
  pre { padding: 8px 12px; background: #f7f6f4; overflow: auto; }
  table { border-collapse: collapse; } th, td { padding: 4px 12px; border: 1px solid #e7e5e1; }
  .system-message { padding: 4px 12px; border-left: 3px solid #875300; background: #fdf3df; }
</style>`;

/** reStructuredText as the server draws it, in the content frame, once typing rests. */
export function RestructuredPreview({ projectId, path, text, handle, onShown }: RestructuredPreviewProps) {
  const [html, setHtml] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const first = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn anew when the text is another one
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(
      () => {
        first.current = false;
        getJson<DrawnText>(`/projects/${projectId}/views/${encodePath(path)}?as=html`).then(
          (drawn) => {
            if (gone) return;
            setHtml(STYLE + drawn.html);
            setProblem("");
          },
          (error: unknown) => !gone && setProblem(sentence(error)),
        );
      },
      first.current ? 0 : REST_MS,
    );
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [projectId, path, text]);
  return (
    <div className="live-preview">
      {problem && (
        <p className="viewer-note" role="status">
          {problem}
        </p>
      )}
      {html !== null && <FramePreview path={path} text={html} kind="html" handle={handle} onShown={onShown} />}
    </div>
  );
}
