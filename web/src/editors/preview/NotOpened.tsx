import type { ReactNode } from "react";
import type { ErrorBody } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { ContentFrame } from "./ContentFrame";
import { DownloadLink } from "./DownloadLink";
import { previewOf } from "./kinds";

interface NotOpenedProps {
  projectId: string;
  path: string;
  error?: ErrorBody;
  onRetry(): void;
  /** More that can be done. */
  children?: ReactNode;
}

/** In place of a text that cannot be opened: why, and what can be done instead. */
export function NotOpened(props: NotOpenedProps) {
  const { projectId, path, error } = props;
  const preview = error?.code === "not_text" ? previewOf(path) : undefined;
  if (preview) return <ContentFrame projectId={projectId} path={path} kind={preview} />;
  const there = error?.code === "too_large" || (error?.code === "not_text" && error.data?.is_file !== false);
  return (
    <div className="editor-place" role="status">
      <p>{error?.message ?? "This file cannot be opened."}</p>
      <div className="editor-place-acts">
        {there && <DownloadLink projectId={projectId} path={path} />}
        <Button onPress={props.onRetry}>Try again</Button>
        {props.children}
      </div>
    </div>
  );
}
