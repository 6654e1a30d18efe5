/** A version in CodeMirror, read-only, with what differs from another text marked in it. */
import { codeFolding, foldGutter } from "@codemirror/language";
import { search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  WidgetType,
} from "@codemirror/view";
import { languageOf } from "../../editors/text/languages";
import { theme } from "../../editors/text/theme";
import type { EditorSettings } from "../../editors/types";
import { difference, type Edit } from "../../sync/difference";

/** Longer removed texts are cut: they are shown to be recognised, the version before has the whole. */
const MAX_REMOVED_CHARACTERS = 2_000;

const setMarks = StateEffect.define<DecorationSet>();
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setMarks)) return effect.value;
    return value.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

class Removed extends WidgetType {
  constructor(readonly text: string) {
    super();
  }

  override eq(other: Removed): boolean {
    return other.text === this.text;
  }

  override toDOM(): HTMLElement {
    const dom = document.createElement("del");
    dom.className = "history-removed";
    const rest = this.text.length - MAX_REMOVED_CHARACTERS;
    dom.textContent =
      rest > 0
        ? `${this.text.slice(0, MAX_REMOVED_CHARACTERS)}… ${rest.toLocaleString("en")} more characters removed`
        : // A line break alone would not be seen.
          this.text.replace(/^\n+$/, (breaks) => "↵".repeat(breaks.length));
    return dom;
  }
}

const added = Decoration.mark({ tagName: "ins", class: "history-added" });

/** Marks in a text that came from `base` by `edits`. */
function marksOf(base: string, edits: readonly Edit[]): DecorationSet {
  const found = [];
  let shift = 0;
  for (const edit of edits) {
    const from = edit.from + shift;
    const to = from + edit.insert.length;
    const removed = base.slice(edit.from, edit.to);
    if (removed !== "") found.push(Decoration.widget({ widget: new Removed(removed), side: -1 }).range(from));
    if (to > from) found.push(added.range(from, to));
    shift += edit.insert.length - (edit.to - edit.from);
  }
  return Decoration.set(found, true);
}

export interface Change {
  added: number;
  removed: number;
}

export class HistoryTextView {
  readonly view: EditorView;
  private readonly language = new Compartment();
  private readonly wrap = new Compartment();
  private destroyed = false;

  constructor(parent: HTMLElement, path: string) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          EditorState.lineSeparator.of("\n"),
          EditorState.readOnly.of(true),
          EditorView.editable.of(false),
          EditorView.contentAttributes.of({
            "aria-label": `${name} in an earlier version`,
            "aria-readonly": "true",
            tabindex: "0",
          }),
          lineNumbers(),
          codeFolding(),
          foldGutter(),
          highlightSpecialChars(),
          drawSelection(),
          search({ top: true }),
          keymap.of(searchKeymap),
          this.language.of([]),
          this.wrap.of([]),
          marks,
          theme,
        ],
      }),
    });
    void languageOf(path)
      ?.load()
      .then((support) => {
        if (!this.destroyed) this.view.dispatch({ effects: this.language.reconfigure(support) });
      });
  }

  apply(settings: EditorSettings): void {
    this.view.dom.style.setProperty("--editor-font-size", `${settings.fontSize}px`);
    this.view.dispatch({ effects: this.wrap.reconfigure(settings.lineWrap ? EditorView.lineWrapping : []) });
  }

  /** Shows `text`, marks what is not in `base` and what is gone from it, and brings the first such place into view. */
  show(text: string, base: string): Change {
    const edits = difference(base, text);
    const first = edits[0]?.from;
    this.view.dispatch({
      changes: difference(this.view.state.doc.toString(), text),
      effects: setMarks.of(marksOf(base, edits)),
    });
    if (first !== undefined) {
      this.view.dispatch({ effects: EditorView.scrollIntoView(Math.min(first, text.length), { yMargin: 80 }) });
    }
    return {
      added: edits.reduce((sum, edit) => sum + edit.insert.length, 0),
      removed: edits.reduce((sum, edit) => sum + edit.to - edit.from, 0),
    };
  }

  destroy(): void {
    this.destroyed = true;
    this.view.destroy();
  }
}
