import type { ComponentType } from "react";
import { OpenedFile } from "../../editors/OpenedFile";
import type { EditorProps } from "../../editors/types";

/** What shows a path: always the same component, which finds the editor. */
export function editorComponent(_path: string): ComponentType<EditorProps> {
  return OpenedFile;
}
