/** Keys: ours as in VS Code, or those of Vim or Emacs, whose code loads when a person chooses them. */
import { closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { foldKeymap } from "@codemirror/language";
import { searchKeymap } from "@codemirror/search";
import { type Extension, Facet, Prec } from "@codemirror/state";
import { type EditorView, keymap, ViewPlugin } from "@codemirror/view";
import { yUndoManagerKeymap } from "y-codemirror.next";
import { isMac } from "../../commands/keys";
import type { EditorSettings } from "../types";

/** What keys do beyond editing; in the state, because the bindings of Vim and Emacs are the same for all editors. */
export interface Acts {
  saveNow(): void;
  /** What is typed next is undone on its own. */
  endUndoStep(): void;
}

const acts = Facet.define<Acts, Acts>({
  combine: (values) => values[0] ?? { saveNow: () => undefined, endUndoStep: () => undefined },
});
const actsOf = (view: EditorView): Acts => view.state.facet(acts);

const [undoBinding, redoBinding] = yUndoManagerKeymap;
/** Undo and redo of a text; they answer whether there was something. */
export const undoInText = (view: EditorView): boolean => undoBinding?.run?.(view) ?? false;
export const redoInText = (view: EditorView): boolean => redoBinding?.run?.(view) ?? false;
const save = (view: EditorView): boolean => {
  actsOf(view).saveNow();
  return true;
};

/** The keys of every editor; Mod-S saves now. */
export function ownKeys(own: Acts): Extension {
  return [
    acts.of(own),
    Prec.high(keymap.of([{ key: "Mod-s", run: save, preventDefault: true }])),
    keymap.of([...closeBracketsKeymap, ...yUndoManagerKeymap]),
  ];
}

/** Control-G goes to a line, as in VS Code; F3 finds the next. On a Mac Command-G still does. */
const findKeys = isMac() ? searchKeymap : searchKeymap.filter((binding) => binding.key !== "Mod-g");

/** The keys of an editor that has a file for itself. */
export const fileKeys: Extension = keymap.of([...findKeys, ...defaultKeymap, ...foldKeymap, indentWithTab]);

/** The chosen keys, which come before ours. */
export async function chosenKeys(keys: EditorSettings["keys"]): Promise<Extension> {
  if (keys === "vim") return vimKeys();
  if (keys === "emacs") return emacsKeys();
  return [];
}

async function vimKeys(): Promise<Extension> {
  const { vim, CodeMirror, getCM, Vim } = await import("@replit/codemirror-vim");
  CodeMirror.commands.undo = (cm: { cm6: EditorView }) => undoInText(cm.cm6);
  CodeMirror.commands.redo = (cm: { cm6: EditorView }) => redoInText(cm.cm6);
  Vim.defineEx("write", "w", (cm: { cm6: EditorView }) => save(cm.cm6));
  // Each command and each stay in insert mode is one step of undo, however quickly they follow each other.
  const steps = ViewPlugin.define((view) => {
    const cm = getCM(view);
    const next = () => actsOf(view).endUndoStep();
    cm?.on("vim-mode-change", next);
    cm?.on("vim-command-done", next);
    return {
      destroy() {
        cm?.off("vim-mode-change", next);
        cm?.off("vim-command-done", next);
      },
    };
  });
  return [Prec.highest(vim({ status: true })), steps];
}

async function emacsKeys(): Promise<Extension> {
  const { emacs, EmacsHandler } = await import("@replit/codemirror-emacs");
  EmacsHandler.bindKey("C-/|C-x u|S-C--|C-z", undoInText);
  EmacsHandler.bindKey("S-C-/|S-C-x u|C--|S-C-z", redoInText);
  EmacsHandler.bindKey("C-x C-s", save);
  return Prec.highest(emacs());
}
