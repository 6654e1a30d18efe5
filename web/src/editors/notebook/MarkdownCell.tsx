import { useMemo } from "react";
import { resolveIn } from "./attachments";
import { useNotebook } from "./context";
import type { CellFields } from "./notebook";
import { Markdown } from "./outputs/markdown/Markdown";
import { useSourceText } from "./use-source-text";

/** A Markdown cell as it reads. */
export function RenderedMarkdown({ fields }: { fields: CellFields }) {
  const { projectId, path, writable, session } = useNotebook();
  const source = useSourceText(fields.source);
  const resolve = useMemo(() => resolveIn(projectId, path, fields), [projectId, path, fields]);
  if (source.trim() === "") {
    return (
      <p className="cell-empty">{writable ? "An empty Markdown cell. Press Enter to write." : "An empty cell."}</p>
    );
  }
  return <Markdown key={attachmentsKey(fields)} source={source} resolve={resolve} macros={session.macros} />;
}

/** Pictures are found when the text is drawn, so other attachments draw it anew. */
const attachmentsKey = ({ attachments }: CellFields): string =>
  Object.entries(attachments)
    .map(([name, bundle]) => `${name} ${Object.values(bundle)[0]?.length}`)
    .join();
