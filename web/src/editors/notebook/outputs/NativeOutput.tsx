import { useText } from "./blobs";
import { DataGrid } from "./DataGrid";
import type { HtmlLook } from "./html";
import { JsonTree } from "./JsonTree";
import { Markdown, SafeHtml } from "./markdown/Markdown";
import type { Resolve } from "./markdown/sanitise";
import { Picture, VectorPicture } from "./Picture";
import { isRecord, textOf } from "./plain";
import type { DataPart } from "./segments";
import { TextOutput } from "./TextOutput";

interface NativeOutputProps {
  part: DataPart;
  look: HtmlLook | null;
  projectId: string;
  resolve?: Resolve;
}

/** Longer Markdown is shown as it was written. */
const MAX_MARKDOWN = 200_000;

/** An output that is drawn in the page itself. */
export function NativeOutput({ part, look, projectId, resolve }: NativeOutputProps) {
  const { output, draw, type } = part;
  if (look?.look === "grid") return <DataGrid table={look.table} />;
  if (draw === "image") return <Picture output={output} type={type} projectId={projectId} />;
  if (draw === "svg") return <VectorPicture output={output} type={type} projectId={projectId} />;
  if (draw === "unknown") {
    return (
      <p className="output-note secondary">
        {type === "" ? "An empty output." : `This output has the form ${type}, which cannot be shown here.`}
      </p>
    );
  }
  return <TextView part={part} projectId={projectId} resolve={resolve} />;
}

function TextView({ part: { output, draw, type }, projectId, resolve }: Omit<NativeOutputProps, "look">) {
  const value = output.data[type];
  const loaded = useText(projectId, type, output.blobs[type], typeof value === "string" ? value : textOf(value));
  if (loaded === null) return <div className="output-waiting" />;
  if ("error" in loaded) return <p className="output-problem">{loaded.error}</p>;
  const { text } = loaded;
  if (draw === "html") return <SafeHtml html={text} resolve={resolve} />;
  if (draw === "markdown" && text.length <= MAX_MARKDOWN) return <Markdown source={text} resolve={resolve} />;
  if (draw === "latex") return <Markdown source={delimited(text)} resolve={resolve} />;
  if (draw === "json")
    return <JsonTree value={output.blobs[type] ? parsed(text) : value} open={isExpanded(output.metadata, type)} />;
  return <TextOutput text={text} label="Output" />;
}

/** LaTeX of an output comes with dollars or with nothing around it. */
function delimited(text: string): string {
  const trimmed = text.trim();
  return /\$|\\\(|\\\[|\\begin\{/.test(trimmed) ? trimmed : `$$\n${trimmed}\n$$`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isExpanded(metadata: Readonly<Record<string, unknown>>, type: string): boolean {
  const own = metadata[type];
  return !isRecord(own) || own.expanded !== false;
}
