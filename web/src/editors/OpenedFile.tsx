import { useEffect, useState } from "react";
import { useCommands } from "../commands/react";
import { onDemand } from "../ui/on-demand";
import { Skeleton } from "../ui/Skeleton";
import { OpenWithDialog } from "./OpenWithDialog";
import { useEditorKind } from "./open-with";
import { kinds } from "./registry";
import type { EditorKind, EditorProps } from "./types";

/** The editors by the ids of their kinds; the code of each comes on demand, once for all files. */
const components = new Map(
  kinds.map(({ id, load }) => [
    id,
    onDemand<EditorProps>(load, ({ path }) => <Skeleton lines={8} label={`Opening ${path}`} />),
  ]),
);

/** Loads the editor of plain texts before a file asks for it: most files are texts. */
export function bringTextEditor(): void {
  // What fails now is tried anew, and told, when a file is opened.
  components
    .get("text")
    ?.bring()
    .catch(() => {});
}

/** A file, in the editor that fits it or that a person chose. */
export function OpenedFile(props: EditorProps) {
  const { path, active } = props;
  const kind = useEditorKind(path);
  const Editor = components.get(kind.id);
  return (
    <>
      {Editor && <Editor key={kind.id} {...props} />}
      {active && <OpenWithCommand path={path} kind={kind} />}
    </>
  );
}

/** The command of the file that is shown. */
function OpenWithCommand({ path, kind }: { path: string; kind: EditorKind }) {
  const [isOpen, setOpen] = useState(false);
  useCommands([{ id: "file.open-with", title: "Open with…", section: "File", run: () => setOpen(true) }]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was asked of another file is over
  useEffect(() => setOpen(false), [path]);
  return <OpenWithDialog path={path} kind={kind} isOpen={isOpen} onClose={() => setOpen(false)} />;
}
