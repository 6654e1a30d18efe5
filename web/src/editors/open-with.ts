/** Which editor shows a file, where a person wants another than the most fitting one. */
import { Observable } from "../net/observable";
import { useObservable } from "../store/react";
import { changeSettings, settings } from "../store/settings";
import { editorFor } from "./registry";
import type { EditorKind } from "./types";

/** For single files, until the page is loaded again: path to the id of an editor. */
const here = new Observable<ReadonlyMap<string, string>>(new Map());

/** What files of one kind have in common: the ending, or of a file without one its name. */
export function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot) : name;
}

/** The editor of a path, followed. */
export function useEditorKind(path: string): EditorKind {
  const shownAs = useObservable(here).get(path);
  const { openWith } = useObservable(settings);
  return editorFor(path, shownAs, openWith[endingOf(path)]);
}

/** Shows one file by another editor. */
export function showWith(path: string, id: string): void {
  here.update((map) => new Map(map).set(path, id));
}

/** Opens this file, and from now on all of its kind, with an editor. */
export function openWith(path: string, id: string): void {
  showWith(path, id);
  const { [endingOf(path)]: _, ...others } = settings.get().openWith;
  changeSettings({ openWith: editorFor(path).id === id ? others : { ...others, [endingOf(path)]: id } });
}
