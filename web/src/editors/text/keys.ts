/** Keys: ours as in VS Code, or those of Vim or Emacs, whose code loads when a person chooses them. */
import { closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { foldKeymap } from "@codemirror/language";
import { searchKeymap } from "@codemirror/search";
import { type Extension, Prec } from "@codemirror/state";
import { type EditorView, keymap } from "@codemirror/view";
import { yUndoManagerKeymap } from "y-codemirror.next";
import type { EditorSettings } from "../types";

const [undoBinding, redoBinding] = yUndoManagerKeymap;
const undo = (view: EditorView): boolean => undoBinding?.run?.(view) ?? false;
const redo = (view: EditorView): boolean => redoBinding?.run?.(view) ?? false;

/** The keys of every editor; `saveNow` is Mod-S. */
export function ownKeys(saveNow: () => void): Extension {
  const save = () => {
    saveNow();
    return true;
  };
  return [
    Prec.highest(keymap.of([{ key: "Mod-s", run: save, preventDefault: true }])),
    keymap.of([
      ...closeBracketsKeymap,
      ...yUndoManagerKeymap,
      ...searchKeymap,
      ...defaultKeymap,
      ...foldKeymap,
      indentWithTab,
    ]),
  ];
}

/** The chosen keys, which come before ours. */
export async function chosenKeys(keys: EditorSettings["keys"]): Promise<Extension> {
  if (keys === "vim") {
    const { vim, CodeMirror } = await import("@replit/codemirror-vim");
    CodeMirror.commands.undo = (cm: { cm6: EditorView }) => undo(cm.cm6);
    CodeMirror.commands.redo = (cm: { cm6: EditorView }) => redo(cm.cm6);
    return vim({ status: true });
  }
  if (keys === "emacs") {
    const { emacs, EmacsHandler } = await import("@replit/codemirror-emacs");
    EmacsHandler.bindKey("C-/|C-x u|S-C--|C-z", undo);
    return emacs();
  }
  return [];
}
