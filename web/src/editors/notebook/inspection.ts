/** Documentation of what stands at the cursor, in a box beside it until one goes on. */
import { type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { type EditorView, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import { codePoints } from "./completion";
import type { KernelClient } from "./kernel-client";

const show = StateEffect.define<Tooltip | null>();

const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update(value, transaction) {
    let now = transaction.docChanged || transaction.selection ? null : value;
    for (const effect of transaction.effects) if (effect.is(show)) now = effect.value;
    return now;
  },
  provide: (field) => showTooltip.from(field),
});

export function inspection(): Extension {
  const close = (view: EditorView) => {
    if (!view.state.field(shown)) return false;
    view.dispatch({ effects: show.of(null) });
    return true;
  };
  return [shown, Prec.highest(keymap.of([{ key: "Escape", run: close }]))];
}

/** Asks the kernel; a second time, while the box is open, for the source too. */
export async function inspectAt(view: EditorView, kernel: KernelClient): Promise<void> {
  const { doc, selection } = view.state;
  const code = doc.toString();
  const { head } = selection.main;
  const detail = view.state.field(shown) ? 1 : 0;
  const answer = await kernel.inspect(code, codePoints(code, head), detail);
  if (view.state.doc !== doc || view.state.selection.main.head !== head || !view.dom.isConnected) return;
  const text = withoutColours(String(answer?.data["text/plain"] ?? ""));
  const words = answer === null ? "The kernel did not answer. It may be busy, or not started." : text;
  view.dispatch({ effects: show.of(boxAt(head, words || "Nothing is known of this.")) });
}

function boxAt(pos: number, text: string): Tooltip {
  return {
    pos,
    above: false,
    create: () => {
      const dom = document.createElement("pre");
      dom.className = "cell-documentation";
      dom.tabIndex = 0;
      dom.setAttribute("role", "tooltip");
      dom.setAttribute("aria-live", "polite");
      dom.textContent = text;
      return { dom };
    },
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal's colours are made of
const withoutColours = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, "");
