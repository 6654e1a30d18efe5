/** A CodeMirror view of one page of a file: nothing can be changed, and lines have the numbers they have in the file. */

import { standardKeymap } from "@codemirror/commands";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { FilePage } from "../../protocol/generated";
import { theme } from "../text/theme";
import type { EditorSettings } from "../types";

/** What keys do beyond moving in the page. Each answers whether it did anything. */
export interface PageKeys {
  find(): void;
  findNext(backward: boolean): void;
  goToLine(): void;
  page(step: -1 | 1): boolean;
  first(): void;
  last(): void;
}

export class PageView {
  readonly view: EditorView;
  private readonly numbers = new Compartment();
  private readonly wrap = new Compartment();
  private firstLine: number | null | undefined;
  private shown: FilePage | null = null;

  constructor(parent: HTMLElement, path: string, keys: PageKeys, onSelection: () => void) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          EditorState.lineSeparator.of("\n"),
          // Not `editable.of(false)`: then a selection of the browser's would move the cursor while the focus is elsewhere.
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({
            "aria-label": `${name}, a page of it`,
            "aria-readonly": "true",
            inputmode: "none",
            spellcheck: "false",
            tabindex: "0",
          }),
          keymap.of([
            { key: "Mod-f", run: does(keys.find), preventDefault: true },
            { mac: "Cmd-g", run: does(() => keys.findNext(false)), preventDefault: true },
            { mac: "Shift-Cmd-g", run: does(() => keys.findNext(true)), preventDefault: true },
            { key: "Ctrl-g", run: does(keys.goToLine), preventDefault: true },
            { key: "F3", run: does(() => keys.findNext(false)), preventDefault: true },
            { key: "Shift-F3", run: does(() => keys.findNext(true)), preventDefault: true },
            { key: "Mod-Alt-g", run: does(keys.goToLine), preventDefault: true },
            { key: "Alt-PageUp", run: () => keys.page(-1), preventDefault: true },
            { key: "Alt-PageDown", run: () => keys.page(1), preventDefault: true },
            { key: "Mod-Home", run: does(keys.first), preventDefault: true },
            { key: "Mod-End", run: does(keys.last), preventDefault: true },
            ...standardKeymap,
          ]),
          this.numbers.of([]),
          this.wrap.of([]),
          highlightSpecialChars(),
          drawSelection(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          theme,
          EditorView.updateListener.of((update) => {
            if (update.docChanged || update.selectionSet) onSelection();
          }),
        ],
      }),
    });
  }

  apply(settings: EditorSettings): void {
    this.view.dom.style.setProperty("--editor-font-size", `${settings.fontSize}px`);
    this.view.dispatch({ effects: this.wrap.reconfigure(settings.lineWrap ? EditorView.lineWrapping : []) });
    this.view.requestMeasure();
  }

  /** Shows a page; what stays of the text stays in place. */
  show(page: FilePage, target: { from: number; to: number } | null, following: boolean): void {
    const { doc } = this.view.state;
    const old = this.shown;
    this.shown = page;
    const samePage = old?.page === page.page;
    if (this.firstLine !== page.first_line) {
      this.firstLine = page.first_line;
      this.view.dispatch({ effects: this.numbers.reconfigure(numbersFrom(page.first_line)) });
    }
    if (old === null || old.text !== page.text) {
      const kept = samePage && old !== null && page.text.startsWith(old.text) ? old.text.length : 0;
      this.view.dispatch({
        changes: { from: kept, to: doc.length, insert: kept > 0 ? page.text.slice(kept) : page.text },
        ...(samePage ? {} : { selection: { anchor: 0 }, effects: EditorView.scrollIntoView(0, { y: "start" }) }),
      });
    }
    if (target) {
      const { length } = this.view.state.doc;
      const from = Math.min(target.from, length);
      const to = Math.min(target.to, length);
      this.view.dispatch({
        selection: { anchor: from, head: to },
        effects: EditorView.scrollIntoView(to, { y: following ? "end" : "center" }),
      });
    }
  }

  /** 1-based, as the file counts; the line is null while it is not known. */
  position(): { line: number | null; column: number; selected: number } {
    const { doc, selection } = this.view.state;
    const line = doc.lineAt(selection.main.head);
    return {
      line: this.firstLine == null ? null : this.firstLine + line.number - 1,
      column: selection.main.head - line.from + 1,
      selected: selection.main.to - selection.main.from,
    };
  }

  destroy(): void {
    this.view.destroy();
  }
}

const does = (act: () => void) => () => {
  act();
  return true;
};

function numbersFrom(first: number | null): Extension {
  if (first === null) return lineNumbers({ formatNumber: () => "" });
  return lineNumbers({ formatNumber: (line) => String(first + line - 1) });
}
