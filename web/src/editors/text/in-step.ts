/** Keeps an editor and its shared text the same. */
import type { Extension } from "@codemirror/state";
import { EditorView, ViewPlugin } from "@codemirror/view";
import { ySyncAnnotation } from "y-codemirror.next";
import type { Text } from "yjs";
import { difference } from "../../sync/difference";
import { applyToText } from "../../sync/ydoc";

/**
 * An exception in any extension makes CodeMirror go on without the binding, and what is then typed would go nowhere.
 * Lengths tell: what a person typed is entered into the document, or what the document got is shown.
 */
export function keepInStep(text: Text): Extension {
  const { doc } = text;
  let destroyed = false;
  const end = ViewPlugin.define(() => ({
    destroy() {
      destroyed = true;
    },
  }));
  // A listener and no plugin: it hears when all plugins, the binding among them, have had their turn.
  const listener = EditorView.updateListener.of((update) => {
    if (!update.docChanged || text.doc !== doc || text.length === update.state.doc.length) return;
    const remote = update.transactions.some((transaction) => transaction.annotation(ySyncAnnotation));
    console.error("The editor and its document had come apart.", { remote });
    if (!remote) {
      applyToText(text, difference(text.toString(), update.state.doc.toString()), "mended");
      return;
    }
    queueMicrotask(() => {
      if (destroyed) return;
      const changes = difference(update.view.state.doc.toString(), text.toString());
      update.view.dispatch({ changes, annotations: ySyncAnnotation.of("mended" as never) });
    });
  });
  return [end, listener];
}
