import { type ComponentType, type LazyExoticComponent, lazy, useEffect, useState } from "react";
import { useCommands } from "../commands/react";
import { OpenWithDialog } from "./OpenWithDialog";
import { useEditorKind } from "./open-with";
import type { EditorKind, EditorProps } from "./types";

const loaded = new Map<string, LazyExoticComponent<ComponentType<EditorProps>>>();

/** The editor of a kind; its code comes on demand, once for all files. */
function componentOf(kind: EditorKind): LazyExoticComponent<ComponentType<EditorProps>> {
  let component = loaded.get(kind.id);
  if (!component) {
    component = lazy(() => kind.load());
    loaded.set(kind.id, component);
  }
  return component;
}

/** A file, in the editor that fits it or that a person chose. */
export function OpenedFile(props: EditorProps) {
  const { path, active } = props;
  const kind = useEditorKind(path);
  const Editor = componentOf(kind);
  return (
    <>
      <Editor key={kind.id} {...props} />
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
