import {
  Braces,
  FileCode,
  FileImage,
  FileQuestionMark,
  FileText,
  Folder,
  ListTodo,
  MessageSquare,
  NotebookText,
  Sigma,
  SquareTerminal,
} from "lucide-react";
import type { ComponentType } from "react";
import type { Entry } from "../../protocol/generated";

const BY_ENDING: Record<string, ComponentType<{ "aria-hidden"?: boolean; className?: string }>> = {
  ipynb: NotebookText,
  term: SquareTerminal,
  sagews: NotebookText,
  tex: Sigma,
  tasks: ListTodo,
  chat: MessageSquare,
  json: Braces,
};
for (const ending of "py js ts tsx jsx c h cpp rs go java jl r sh html css sql sage".split(" "))
  BY_ENDING[ending] = FileCode;
for (const ending of "png jpg jpeg gif webp svg pdf".split(" ")) BY_ENDING[ending] = FileImage;

/** One quiet icon for a kind of file. */
export function FileIcon({ entry }: { entry: Pick<Entry, "name" | "kind"> }) {
  if (entry.kind === "directory") return <Folder aria-hidden className="tree-icon" />;
  if (entry.kind === "other") return <FileQuestionMark aria-hidden className="tree-icon" />;
  const Icon = BY_ENDING[entry.name.slice(entry.name.lastIndexOf(".") + 1).toLowerCase()] ?? FileText;
  return <Icon aria-hidden className="tree-icon" />;
}
