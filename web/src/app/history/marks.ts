/** What differs between two texts, marked in the one that is shown; the change that one is at; a button beside each. */
import { type EditorState, type Extension, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, GutterMarker, gutter, WidgetType } from "@codemirror/view";
import type { Edit } from "../../sync/difference";
import { type Comparison, type Hunk, inverse, type Range, readable } from "../../sync/hunks";

/** Longer removed texts are cut: they are shown to be recognised, the version before has the whole. */
const MAX_REMOVED_CHARACTERS = 2_000;

/** Which of the two texts of a comparison is the one on the screen. */
export type Side = "older" | "newer";

export interface Marks {
  hunks: readonly Hunk[];
  side: Side;
  decorations: DecorationSet;
  /** Index of the change that the buttons act on. */
  current: number | null;
}

const NONE: Marks = { hunks: [], side: "newer", decorations: Decoration.none, current: null };

export const setMarks = StateEffect.define<Marks>();
export const setCurrent = StateEffect.define<number | null>();

export const marks = StateField.define<Marks>({
  create: () => NONE,
  update(value, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) return effect.value;
      if (effect.is(setCurrent)) return { ...value, current: effect.value };
    }
    return value;
  },
  provide: (field) => [
    EditorView.decorations.from(field, (value) => value.decorations),
    EditorView.decorations.compute([field], currentLines),
  ],
});

export function marksOf(comparison: Comparison | null, side: Side): Marks {
  if (comparison === null) return { ...NONE, side };
  const edits = readable(comparison.older, comparison.edits);
  const decorations =
    side === "newer"
      ? decorationsOf(comparison.older, edits)
      : decorationsOf(comparison.newer, inverse(comparison.older, edits));
  return { hunks: comparison.hunks, side, decorations, current: null };
}

/** Decorations of a text that came from `base` by `edits`. */
function decorationsOf(base: string, edits: readonly Edit[]): DecorationSet {
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

const added = Decoration.mark({ tagName: "ins", class: "history-added" });
const currentLine = Decoration.line({ class: "history-current" });

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

/** Where a change is in the text on the screen. */
export function placeOf(value: Marks, index: number): Range {
  return value.hunks[index]?.[value.side] ?? { from: 0, to: 0 };
}

function currentLines(state: EditorState): DecorationSet {
  const value = state.field(marks);
  if (value.current === null) return Decoration.none;
  const { from, to } = placeOf(value, value.current);
  const builder = new RangeSetBuilder<Decoration>();
  const end = Math.min(Math.max(from, to - 1), state.doc.length);
  for (let at = Math.min(from, state.doc.length); ; ) {
    const line = state.doc.lineAt(at);
    builder.add(line.from, line.from, currentLine);
    at = line.to + 1;
    if (at > end) break;
  }
  return builder.finish();
}

class RestoreMarker extends GutterMarker {
  constructor(private readonly title: string) {
    super();
  }

  override eq(other: RestoreMarker): boolean {
    return other.title === this.title;
  }

  override toDOM(): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    // For the mouse; keys and assistive technology have the button above the text, which says which change is meant.
    button.tabIndex = -1;
    button.className = "history-part";
    button.title = this.title;
    button.textContent = "↶";
    return button;
  }
}

/** A button beside each change; a click on it calls `restore`. */
export function partGutter(title: string, restore: (index: number) => void): Extension {
  const marker = new RestoreMarker(title);
  const indexAt = (view: EditorView, line: { from: number; to: number }) => {
    const value = view.state.field(marks);
    let low = 0;
    let high = value.hunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (placeOf(value, middle).from < line.from) low = middle + 1;
      else high = middle;
    }
    const place = low < value.hunks.length ? placeOf(value, low) : null;
    return place && place.from <= line.to ? low : null;
  };
  return gutter({
    class: "history-parts",
    lineMarker: (view, line) => (indexAt(view, line) === null ? null : marker),
    lineMarkerChange: (update) => update.startState.field(marks).hunks !== update.state.field(marks).hunks,
    initialSpacer: () => marker,
    domEventHandlers: {
      click(view, line, event) {
        const index = event.target instanceof Element && event.target.closest("button") ? indexAt(view, line) : null;
        if (index !== null) restore(index);
        return index !== null;
      },
    },
  });
}
