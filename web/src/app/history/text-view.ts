/** A version in CodeMirror, read-only, with what differs from another text marked in it. */
import { standardKeymap } from "@codemirror/commands";
import { codeFolding, foldGutter } from "@codemirror/language";
import { search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { languageOf } from "../../editors/text/languages";
import { theme } from "../../editors/text/theme";
import { WORDS } from "../../editors/text/words";
import type { EditorSettings } from "../../editors/types";
import { difference } from "../../sync/difference";
import { type Comparison, hunksAt } from "../../sync/hunks";
import { type BlameLabel, type BlameMarks, blameField, blameGutter, labelOf, setBlame } from "./blame-gutter";
import { marks, marksOf, partGutter, placeOf, type Side, setCurrent, setMarks } from "./marks";

/** Where the cursor is: its line, who wrote that, and the changes that the selection touches. */
export interface Here {
  line: number;
  blame: BlameLabel | null;
  selected: readonly number[];
  /** The cursor went there, instead of something else coming to where it is. */
  moved: boolean;
}

export interface HistoryViewOptions {
  path: string;
  /** The cursor moved, or what is at it became another. */
  onHere(here: Here): void;
  onRestorePart(index: number): void;
  onVersion(version: number): void;
}

export class HistoryTextView {
  readonly view: EditorView;
  private readonly options: HistoryViewOptions;
  private readonly language = new Compartment();
  private readonly wrap = new Compartment();
  private readonly parts = new Compartment();
  private readonly blame = new Compartment();
  private destroyed = false;

  constructor(parent: HTMLElement, options: HistoryViewOptions) {
    this.options = options;
    const { path } = options;
    const name = path.slice(path.lastIndexOf("/") + 1);
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          EditorState.lineSeparator.of("\n"),
          // With a cursor, so that keys and screen readers can go through the text; a phone shows no keyboard for it.
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({
            "aria-label": `${name} in an earlier version`,
            "aria-readonly": "true",
            inputmode: "none",
            spellcheck: "false",
            tabindex: "0",
          }),
          this.blame.of([]),
          lineNumbers(),
          codeFolding(),
          foldGutter(),
          this.parts.of([]),
          highlightSpecialChars(),
          drawSelection(),
          search({ top: true }),
          EditorState.phrases.of(WORDS),
          keymap.of([...searchKeymap, ...standardKeymap]),
          this.language.of([]),
          this.wrap.of([]),
          marks,
          blameField,
          theme,
          EditorView.updateListener.of((update) => {
            const { startState, state, selectionSet } = update;
            const other =
              startState.field(blameField) !== state.field(blameField) ||
              startState.field(marks).hunks !== state.field(marks).hunks;
            if (selectionSet || update.docChanged || other) options.onHere(this.here(selectionSet));
          }),
        ],
      }),
    });
    void languageOf(path)
      ?.load()
      .then((support) => this.reconfigure(this.language, support));
  }

  apply(settings: EditorSettings): void {
    this.view.dom.style.setProperty("--editor-font-size", `${settings.fontSize}px`);
    this.reconfigure(this.wrap, settings.lineWrap ? EditorView.lineWrapping : []);
  }

  /** Shows a text, marks what differs from the other one of the comparison; `reveal` brings the first such place into view. */
  show(text: string, comparison: Comparison | null, side: Side, reveal: boolean): void {
    const before = this.view.state.doc.toString();
    const value = marksOf(comparison, side);
    this.view.dispatch({ changes: difference(before, text), effects: setMarks.of(value) });
    if (reveal && value.hunks.length > 0) {
      const { from } = placeOf(value, 0);
      this.view.dispatch({ effects: EditorView.scrollIntoView(Math.min(from, text.length), { yMargin: 80 }) });
    }
  }

  /** Buttons beside the changes, or with null none. */
  setParts(title: string | null): void {
    this.reconfigure(this.parts, title === null ? [] : partGutter(title, (index) => this.options.onRestorePart(index)));
  }

  /** Who wrote each line, or with null nothing of it. */
  setBlame(value: BlameMarks | null): void {
    const shown = this.blame.get(this.view.state);
    const empty = Array.isArray(shown) && shown.length === 0;
    if ((value === null) !== empty) {
      this.reconfigure(this.blame, value === null ? [] : blameGutter((version) => this.options.onVersion(version)));
    }
    if (value !== null) this.view.dispatch({ effects: setBlame.of(value) });
  }

  /** Marks a change as the one that is meant; `reveal` brings it into view, with the cursor. */
  setCurrent(index: number | null, reveal = false): void {
    const value = this.view.state.field(marks);
    if (index === null || !reveal) {
      this.view.dispatch({ effects: setCurrent.of(index) });
      return;
    }
    const at = Math.min(placeOf(value, index).from, this.view.state.doc.length);
    this.view.dispatch({
      selection: { anchor: at },
      effects: [setCurrent.of(index), EditorView.scrollIntoView(at, { y: "center" })],
    });
  }

  private here(moved: boolean): Here {
    const { doc, selection } = this.view.state;
    const { from, to } = selection.main;
    const line = doc.lineAt(selection.main.head).number;
    const { hunks, side } = this.view.state.field(marks);
    const blame = this.view.state.field(blameField);
    return { line, blame: labelOf(blame, line) ?? null, selected: hunksAt(hunks, side, { from, to }), moved };
  }

  destroy(): void {
    this.destroyed = true;
    this.view.destroy();
  }

  private reconfigure(compartment: Compartment, extension: Extension): void {
    if (!this.destroyed) this.view.dispatch({ effects: compartment.reconfigure(extension) });
  }
}
