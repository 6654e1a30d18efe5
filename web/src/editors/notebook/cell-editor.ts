/** A CodeMirror view of one cell's source. */
import { defaultKeymap } from "@codemirror/commands";
import { indentUnit, type LanguageDescription } from "@codemirror/language";
import { Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, tooltips } from "@codemirror/view";
import { yCollab } from "y-codemirror.next";
import type { Text } from "yjs";
import type { CellType } from "../../sync/notebook/schema";
import { keepInStep } from "../text/in-step";
import { detectIndentation } from "../text/indentation";
import { chosenKeys, ownKeys } from "../text/keys";
import { languageNamed } from "../text/languages";
import { remoteCursors } from "../text/remote-cursors";
import { theme } from "../text/theme";
import { undoManagerOf } from "../text/undo";
import { basicEditing } from "../text/view";
import type { EditorSettings } from "../types";
import { cellKeys } from "./cell-keys";
import { foundPlaces } from "./found-places";
import { inspection } from "./inspection";
import type { NotebookSession } from "./session";

/** Longer sources are not coloured. */
const MAX_PARSED_CHARACTERS = 500_000;

export interface CellEditorOptions {
  session: NotebookSession;
  id: string;
  text: Text;
  label: string;
  type: CellType;
  language: string;
  settings: EditorSettings;
  lineNumbers: boolean;
  /** After each change of text or selection. */
  onUpdate(view: EditorView): void;
  onFiles(files: readonly File[]): boolean;
}

export class CellEditor {
  readonly view: EditorView;
  private readonly language = new Compartment();
  private readonly keys = new Compartment();
  private readonly wrap = new Compartment();
  private readonly access = new Compartment();
  private readonly numbers = new Compartment();
  private readonly label = new Compartment();
  private settings: EditorSettings;
  private destroyed = false;

  constructor(
    parent: HTMLElement,
    private readonly options: CellEditorOptions,
  ) {
    const { session, id, text, type, settings } = options;
    const { client } = session;
    this.settings = settings;
    const undoManager = undoManagerOf(text);
    const doc = EditorState.create({ doc: text.toString(), extensions: EditorState.lineSeparator.of("\n") }).doc;
    const description = languageFor(type, options.language, doc.length);
    const indentation = type === "code" ? detectIndentation(doc, ".py") : "  ";
    const state = EditorState.create({
      doc,
      extensions: [
        cellKeys(session, id),
        this.keys.of([]),
        this.access.of(EditorState.readOnly.of(!client.writable)),
        this.wrap.of(wrapping(type, settings)),
        // There already for all cells but the first: an edit of its own would cost as much as the editor.
        this.language.of(description?.support ?? []),
        this.numbers.of(options.lineNumbers ? lineNumbers() : []),
        ownKeys({ saveNow: () => client.saveNow(), endUndoStep: () => undoManager.stopCapturing() }),
        keymap.of(defaultKeymap),
        this.label.of(EditorView.contentAttributes.of({ "aria-label": options.label })),
        basicEditing(options.label, type === "markdown"),
        indentUnit.of(indentation),
        EditorState.tabSize.of(4),
        yCollab(text, null, { undoManager }),
        remoteCursors(client, text),
        keepInStep(text),
        inspection(),
        // Cells clip what is in them.
        tooltips({ parent: document.body }),
        foundPlaces,
        Prec.high(cellLook),
        theme,
        files(options),
        EditorView.updateListener.of((update) => {
          if (update.docChanged || update.selectionSet || update.focusChanged) options.onUpdate(update.view);
          if (update.docChanged && update.transactions.some((one) => one.isUserEvent("input"))) {
            session.putBack.typed(id, update.state.doc);
          }
        }),
      ],
    });
    this.view = new EditorView({ state, parent });
    if (description && !description.support) this.loadLanguage(description);
    if (settings.keys !== "default") this.loadKeys(settings.keys);
  }

  setLanguage(type: CellType, language: string): void {
    const description = languageFor(type, language, this.view.state.doc.length);
    if (description && !description.support) this.loadLanguage(description);
    else this.reconfigure(this.language, description?.support ?? []);
  }

  setLabel(label: string): void {
    this.reconfigure(this.label, EditorView.contentAttributes.of({ "aria-label": label }));
  }

  applySettings(settings: EditorSettings): void {
    const old = this.settings;
    this.settings = settings;
    if (settings.lineWrap !== old.lineWrap) this.reconfigure(this.wrap, wrapping(this.options.type, settings));
    if (settings.keys !== old.keys) this.loadKeys(settings.keys);
  }

  setWritable(writable: boolean): void {
    if (writable === this.view.state.readOnly) this.reconfigure(this.access, EditorState.readOnly.of(!writable));
  }

  setLineNumbers(shown: boolean): void {
    this.reconfigure(this.numbers, shown ? lineNumbers() : []);
  }

  focus(at: "start" | "end" | "stay"): void {
    const { doc } = this.view.state;
    if (at !== "stay") this.view.dispatch({ selection: { anchor: at === "start" ? 0 : doc.length } });
    this.view.focus();
    const { head } = this.view.state.selection.main;
    this.view.dispatch({ effects: EditorView.scrollIntoView(head, { y: "nearest", yMargin: 24 }) });
  }

  destroy(): void {
    this.destroyed = true;
    this.view.destroy();
  }

  private loadLanguage(description: LanguageDescription): void {
    void description.load().then((support) => this.reconfigure(this.language, support));
  }

  private loadKeys(keys: EditorSettings["keys"]): void {
    void chosenKeys(keys).then((extension) => {
      if (this.settings.keys === keys) this.reconfigure(this.keys, extension);
    });
  }

  private reconfigure(compartment: Compartment, extension: Extension): void {
    if (!this.destroyed) this.view.dispatch({ effects: compartment.reconfigure(extension) });
  }
}

function languageFor(type: CellType, language: string, length: number): LanguageDescription | undefined {
  if (type === "raw" || length > MAX_PARSED_CHARACTERS) return undefined;
  return languageNamed(type === "markdown" ? "markdown" : language);
}

const wrapping = (type: CellType, settings: EditorSettings): Extension =>
  type !== "code" || settings.lineWrap ? EditorView.lineWrapping : [];

/** As high as its text; the notebook scrolls, not the cell. */
const cellLook = EditorView.theme({
  "&": { height: "auto", backgroundColor: "transparent" },
  ".cm-scroller": { overflowY: "hidden" },
  ".cm-content": { padding: "8px 0" },
  ".cm-line": { padding: "0 12px" },
  ".cm-gutters": { backgroundColor: "transparent" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 8px", minWidth: "32px" },
});

/** Files that are pasted or dropped go to whoever takes them; the rest is the editor's. */
function files({ onFiles }: CellEditorOptions): Extension {
  const take = (event: Event, list: FileList | undefined) => {
    if (!list || list.length === 0 || !onFiles([...list])) return false;
    event.preventDefault();
    return true;
  };
  return EditorView.domEventHandlers({
    paste: (event) => take(event, event.clipboardData?.files),
    drop: (event) => take(event, event.dataTransfer?.files),
  });
}
