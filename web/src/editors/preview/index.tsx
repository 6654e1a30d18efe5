import { useEffect, useRef } from "react";
import type { EditorProps } from "../types";
import { ContentFrame } from "./ContentFrame";
import { DownloadLink } from "./DownloadLink";
import { previewOf } from "./kinds";

/** A file that is looked at and not edited. */
export default function Preview({ projectId, path, onStatus }: EditorProps) {
  const tell = useRef(onStatus);
  tell.current = onStatus;
  const kind = previewOf(path);
  useEffect(() => {
    const save = { kind: "disk" as const, waiting: 0, since: Date.now(), online: true };
    tell.current({ save, people: [], language: kind === "html" ? "Preview" : kind ? "Drawing" : "Binary" });
  }, [kind]);
  if (kind) return <ContentFrame projectId={projectId} path={path} kind={kind} />;
  return (
    <div className="editor-place" role="status">
      <p>This file is not text.</p>
      <DownloadLink projectId={projectId} path={path} />
    </div>
  );
}
