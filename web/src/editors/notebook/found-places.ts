/** The places of the search, marked in a cell's text. */
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

export interface FoundPlace {
  from: number;
  to: number;
  current: boolean;
}

export const setFound = StateEffect.define<readonly FoundPlace[]>();

export const foundPlaces = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    let now = value.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setFound)) continue;
      const { length } = transaction.newDoc;
      const marks = effect.value
        .filter(({ to, from }) => to <= length && from < to)
        .map(({ from, to, current }) =>
          Decoration.mark({ class: current ? "cm-searchMatch cm-searchMatch-selected" : "cm-searchMatch" }).range(
            from,
            to,
          ),
        );
      now = Decoration.set(marks, true);
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});
