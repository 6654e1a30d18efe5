import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { editorFor } from "../../editors/registry";
import type { EditorProps } from "../../editors/types";

const loaded = new Map<string, LazyExoticComponent<ComponentType<EditorProps>>>();

/** The editor of a path; its code comes on demand, once for all files of its kind. */
export function editorComponent(path: string): LazyExoticComponent<ComponentType<EditorProps>> {
  const kind = editorFor(path);
  let component = loaded.get(kind.id);
  if (!component) {
    component = lazy(() => kind.load());
    loaded.set(kind.id, component);
  }
  return component;
}
