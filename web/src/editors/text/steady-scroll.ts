/**
 * Keeps the lines in view where they are while others write above them.
 *
 * CodeMirror does so when it measures, once a frame, but it remembers the way only for the last update: of two in one
 * frame, such as an edit and the cursor that came with it, the first one's shift was lost and the page jumped. So a shift
 * is measured before the next update.
 */
import type { Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { ySyncAnnotation } from "y-codemirror.next";

const shifted = new WeakSet<EditorView>();

/** Notes that an update by others moved lines. */
export const noteShift = EditorView.updateListener.of(({ view, heightChanged, docChanged, transactions }) => {
  if (!docChanged || !heightChanged || !transactions.some((one) => one.annotation(ySyncAnnotation))) return;
  shifted.add(view);
  view.requestMeasure({ key: shifted, read: () => shifted.delete(view) });
});

/** In place of `EditorView.update`. */
export function updateSteadily(transactions: readonly Transaction[], view: EditorView): void {
  if (shifted.delete(view)) view.elementAtHeight(0); // which asks for measures
  view.update(transactions);
}
