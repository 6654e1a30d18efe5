/**
 * Somebody deletes the cell in which one is typing: what it said is still in one's own editor, and can be put back as a
 * cell of its own.
 */
import type { Text } from "@codemirror/state";
import { insertCells, type Where } from "../../sync/notebook/acts";
import { toast } from "../../ui/toast-queue";
import type { NotebookSession } from "./session";

/** Who has not typed for so long has seen the cell go, and may ask for it. */
const TYPED_WITHIN_MS = 60_000;

export class PutBack {
  #typed: { id: string; text: Text; at: number } | null = null;

  constructor(private readonly session: NotebookSession) {}

  /** This person has typed into a cell, which says this now. */
  typed(id: string, text: Text): void {
    this.#typed = { id, text, at: Date.now() };
  }

  /** Cells are gone by what others did; `old` is the order in which they stood. */
  gone(old: readonly string[]): void {
    const typed = this.#typed;
    const { notebook, editors, doc } = this.session;
    if (!typed || notebook.has(typed.id) || !old.includes(typed.id)) return;
    this.#typed = null;
    const source = (editors.get(typed.id)?.state.doc ?? typed.text).toString();
    if (Date.now() - typed.at > TYPED_WITHIN_MS || source.trim() === "") return;
    const fields = notebook.fields(typed.id)?.get();
    const cell = { cell_type: fields?.type ?? "code", source, metadata: fields?.metadata ?? {} };
    const before = old.slice(0, old.indexOf(typed.id));
    toast("Somebody has deleted the cell in which you were typing.", {
      act: {
        label: "Put it back",
        run: () => {
          if (!this.session.writable) return;
          const [id] = insertCells(doc, placeAfter(before, this.session), [cell]);
          if (id !== undefined) this.session.select(id, { mode: "edit", at: "end" });
        },
      },
    });
  }
}

/** After the last of those that stood before it and are still there, or first. */
function placeAfter(before: readonly string[], { notebook }: NotebookSession): Where {
  const after = before.findLast((id) => notebook.has(id));
  const [first] = notebook.order.get();
  return after !== undefined ? { after } : first !== undefined ? { before: first } : null;
}
