/**
 * One person in one notebook: which cells are selected and how, what they do to them, and what runs. React draws it.
 */
import type { EditorView } from "@codemirror/view";
import { Observable } from "../../net/observable";
import type { DocumentClient } from "../../sync/document-client";
import * as acts from "../../sync/notebook/acts";
import { Repairs } from "../../sync/notebook/repairs";
import { type CellType, cellsOf, sourceOf } from "../../sync/notebook/schema";
import { actsUndoOf } from "../../sync/notebook/undo";
import { toast } from "../../ui/toast-queue";
import { copied, setCopied } from "./copied";
import type { KernelClient } from "./kernel-client";
import { Notebook } from "./notebook";
import { PutBack } from "./put-back";

/** In command mode keys are commands; in edit mode one writes into the active cell. */
export type Mode = "command" | "edit";

/** From `anchor` to `active` all cells are selected. */
export interface Selection {
  active: string;
  anchor: string;
  mode: Mode;
}

/** Where the focus is to go, once that is on the screen. */
export interface FocusWish {
  id: string;
  mode: Mode;
  at: "start" | "end" | "stay";
}

/** What was typed must be on the server before it runs; longer than this nobody waits for it. */
const SENT_WITHIN_MS = 5_000;

export class NotebookSession {
  readonly notebook: Notebook;
  readonly selection: Observable<Selection>;
  readonly wish = new Observable<FocusWish | null>(null);
  /** Line numbers of all cells, and the cells in which it is the other way round. */
  readonly lineNumbers = new Observable<{ all: boolean; not: ReadonlySet<string> }>({ all: false, not: new Set() });
  /** The editors that are on the screen. */
  readonly editors = new Map<string, EditorView>();
  /** What the mathematics of one cell defines for those after it. */
  readonly macros: Record<string, string> = {};
  readonly putBack = new PutBack(this);
  kernel: KernelClient | null = null;
  readonly #repairs: Repairs;
  readonly #undo;
  readonly #unsubscribe: () => void;
  #order: readonly string[];
  /** Runs that wait until what was typed is on the server, one after the other. */
  #sent: Promise<unknown> = Promise.resolve();
  #unsent = 0;

  constructor(readonly client: DocumentClient) {
    const { doc } = client;
    this.notebook = new Notebook(doc);
    this.#repairs = new Repairs(doc, () => client.waiting > 0);
    this.#undo = actsUndoOf(doc);
    this.#order = this.notebook.order.get();
    const first = this.#order[0] ?? "";
    this.selection = new Observable<Selection>({ active: first, anchor: first, mode: "command" });
    this.#unsubscribe = this.notebook.order.subscribe(this.#reordered);
  }

  get doc() {
    return this.notebook.doc;
  }

  get writable(): boolean {
    return this.client.writable;
  }

  /** The ids of the selected cells, in their order. */
  selected(): string[] {
    const { active, anchor } = this.selection.get();
    const order = this.notebook.order.get();
    const [one, other] = [order.indexOf(active), order.indexOf(anchor)];
    if (one < 0) return [];
    return order.slice(Math.min(one, other < 0 ? one : other), Math.max(one, other) + 1);
  }

  isSelected(id: string): boolean {
    const { active, anchor } = this.selection.get();
    if (active === anchor) return id === active;
    return this.selected().includes(id);
  }

  // -- selection and focus -----------------------------------------------------------------------------------------

  select(id: string, { extend = false, mode = "command" as Mode, focus = true, at = "stay" as FocusWish["at"] } = {}) {
    if (!this.notebook.has(id)) return;
    const { anchor } = this.selection.get();
    this.selection.set({ active: id, anchor: extend && this.notebook.has(anchor) ? anchor : id, mode });
    if (focus) this.wish.set({ id, mode, at });
  }

  selectRange(ids: readonly string[], mode: Mode = "command"): void {
    const [first, last] = [ids[0], ids.at(-1)];
    if (first === undefined || last === undefined) return;
    this.selection.set({ active: last, anchor: first, mode });
    this.wish.set({ id: last, mode, at: "stay" });
  }

  selectAll(): void {
    this.selectRange(this.notebook.order.get());
  }

  /** The focus came to a cell, by a click or a Tab. */
  focused(id: string, mode: Mode): void {
    const now = this.selection.get();
    if (now.active === id && now.mode === mode && (mode === "command" || now.anchor === id)) return;
    this.selection.set({ active: id, anchor: id, mode });
  }

  step(by: -1 | 1, extend = false): void {
    const next = this.neighbour(by);
    // At the end one cell is left of several that were selected.
    if (next !== undefined || !extend) this.select(next ?? this.selection.get().active, { extend });
  }

  neighbour(by: -1 | 1): string | undefined {
    const order = this.notebook.order.get();
    return order[order.indexOf(this.selection.get().active) + by];
  }

  edit(at: FocusWish["at"] = "stay", id = this.selection.get().active): void {
    if (this.writable || this.notebook.type(id) !== "markdown") this.select(id, { mode: "edit", at });
  }

  /** From the text of a cell into that of its neighbour; answers whether there is one. */
  editNeighbour(by: -1 | 1): boolean {
    const next = this.neighbour(by);
    if (next === undefined) return false;
    const isText = this.notebook.type(next) !== "markdown";
    this.select(next, { mode: isText ? "edit" : "command", at: by < 0 ? "end" : "start" });
    return true;
  }

  command(): void {
    this.select(this.selection.get().active);
  }

  // -- acts --------------------------------------------------------------------------------------------------------

  insert(below: boolean, type: CellType = "code"): void {
    const { active } = this.selection.get();
    const [id] = acts.insertCells(this.doc, below ? { after: active } : { before: active }, [acts.emptyCell(type)]);
    if (id !== undefined) this.select(id);
  }

  remove(): void {
    const next = acts.deleteCells(this.doc, this.selected());
    if (next !== null) this.select(next);
  }

  undo(): void {
    this.#reveal(() => this.#undo.undo());
  }

  redo(): void {
    this.#reveal(() => this.#undo.redo());
  }

  /** Shows what an undo brought back. */
  #reveal(change: () => unknown): void {
    const before = new Set(this.notebook.order.get());
    change();
    const [back] = this.notebook.order.get().filter((id) => !before.has(id));
    this.select(back ?? this.selection.get().active);
  }

  setType(type: CellType): void {
    acts.changeType(this.doc, this.selected(), type);
    this.select(this.selection.get().active, { extend: true });
  }

  heading(level: number): void {
    acts.makeHeadings(this.doc, this.selected(), level);
  }

  copy(): void {
    setCopied(acts.copyCells(this.doc, this.selected()));
  }

  cut(): void {
    this.copy();
    this.remove();
  }

  paste(below: boolean): void {
    const selected = this.selected();
    const [first, last] = [selected[0], selected.at(-1)];
    if (first === undefined || last === undefined) return;
    const ids = acts.insertCells(this.doc, below ? { after: last } : { before: first }, copied());
    this.selectRange(ids);
  }

  duplicate(): void {
    this.selectRange(acts.duplicateCells(this.doc, this.selected()));
  }

  move(by: -1 | 1): void {
    if (acts.stepCells(this.doc, this.selected(), by)) this.select(this.selection.get().active, { extend: true });
  }

  moveTo(ids: readonly string[], where: acts.Where): void {
    acts.moveCells(this.doc, ids, where);
    this.selectRange(this.notebook.order.get().filter((id) => ids.includes(id)));
  }

  /** Merges the selected cells; of one alone, the cell with the next. */
  merge(): void {
    let ids = this.selected();
    const next = this.neighbour(1);
    if (ids.length === 1 && next !== undefined) ids = [...ids, next];
    const wanted = new Set(ids);
    const [first, ...rest] = cellsOf(this.doc).filter(({ id }) => wanted.has(id));
    if (!first || rest.length === 0) return;
    const texts = rest.map(({ map }) => acts.mergedText(map));
    acts.mergeCells(this.doc, ids);
    this.#repairs.merge(sourceOf(first.map), texts);
    this.select(first.id);
  }

  /** Splits the active cell where its cursor or selection is. */
  split(): void {
    const { active } = this.selection.get();
    const view = this.editors.get(active);
    if (!view) return;
    const { from, to } = view.state.selection.main;
    const ids = acts.splitCell(this.doc, active, from === to ? [from] : [from, to]);
    this.#repairs.split(ids);
    const last = ids.at(-1);
    if (last !== undefined) this.select(last, { mode: "edit", at: "start" });
  }

  clearOutputs(ids: readonly string[] = this.selected()): void {
    acts.clearOutputs(this.doc, ids);
  }

  /** Hides or shows what the active cell's flag says, for all selected cells. */
  toggleFlag(flag: "source_hidden" | "outputs_hidden"): void {
    const map = this.notebook.map(this.selection.get().active);
    if (map) this.setFlag(this.selected(), flag, acts.jupyterFlags(map)[flag] !== true);
  }

  setFlag(ids: readonly string[], flag: "source_hidden" | "outputs_hidden", on: boolean): void {
    acts.setJupyterFlag(this.doc, ids, flag, on);
  }

  toggleScrolled(): void {
    const { active } = this.selection.get();
    const scrolled = this.notebook.fields(active)?.get().metadata.scrolled === true;
    acts.setMetadata(this.doc, this.selected(), "scrolled", scrolled ? undefined : true);
  }

  toggleLineNumbers(id?: string): void {
    this.lineNumbers.update(({ all, not }) => {
      if (id === undefined) return { all: !all, not: new Set() };
      const others = new Set(not);
      if (!others.delete(id)) others.add(id);
      return { all, not: others };
    });
  }

  // -- running -----------------------------------------------------------------------------------------------------

  /** Runs the selected cells and goes on: to the next one, to a new one below, or nowhere. */
  run(then: "next" | "insert" | "stay"): void {
    const ids = this.selected();
    const last = ids.at(-1);
    if (last === undefined) return;
    this.runCells(ids);
    const order = this.notebook.order.get();
    const next = order[order.indexOf(last) + 1];
    if (then === "stay") {
      this.select(this.selection.get().active, { extend: true });
    } else if (then === "next" && next !== undefined) {
      this.select(next);
    } else if (this.writable) {
      const [made] = acts.insertCells(this.doc, { after: last }, [acts.emptyCell("code")]);
      if (made !== undefined) this.select(made, { mode: "edit" });
    } else {
      this.command();
    }
  }

  runAll(which: "all" | "above" | "below" = "all"): void {
    const order = this.notebook.order.get();
    const at = order.indexOf(this.selection.get().active);
    this.runCells(which === "above" ? order.slice(0, at) : which === "below" ? order.slice(at) : order);
  }

  /** Asks the kernel to run the code cells among these, once the server has what was typed. */
  runCells(ids: readonly string[]): void {
    const cells = ids.filter((id) => this.notebook.type(id) === "code");
    if (cells.length === 0 || !this.writable) return;
    // At once where nothing waits: a promise would come after all that a new selection draws.
    if (this.#unsent === 0 && this.client.waiting === 0) {
      this.ask({ type: "run", cells });
      return;
    }
    this.#unsent++;
    this.#sent = this.#sent.then(async () => {
      const done = await this.#acknowledged();
      this.#unsent--;
      if (done) this.ask({ type: "run", cells });
      else toast("What you typed has not reached the server yet, so nothing was run. Try again in a moment.");
    });
  }

  ask(message: Parameters<KernelClient["connection"]["send"]>[0]): void {
    if (this.kernel?.connection.send(message)) return;
    toast("The kernel cannot be reached now. Try again once you are connected.", { danger: true });
  }

  #acknowledged(): Promise<boolean> {
    const { client } = this;
    if (client.waiting === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (is: boolean) => {
        clearTimeout(timer);
        stop();
        resolve(is);
      };
      const timer = setTimeout(() => done(false), SENT_WITHIN_MS);
      const stop = client.subscribe(() => {
        if (client.waiting === 0) done(true);
      });
    });
  }

  destroy(): void {
    this.#unsubscribe();
    this.#repairs.destroy();
    this.notebook.destroy();
  }

  /** The active cell may be gone: then the one that stands in its place is. */
  readonly #reordered = (): void => {
    const old = this.#order;
    const order = this.notebook.order.get();
    this.#order = order;
    if (this.notebook.changedByOthers) this.putBack.gone(old);
    const { active, anchor, mode } = this.selection.get();
    if (this.notebook.has(active) && order.includes(active)) {
      if (!order.includes(anchor)) this.selection.set({ active, anchor: active, mode });
      return;
    }
    const at = old.indexOf(active);
    const next =
      old.slice(Math.max(0, at)).find((id) => order.includes(id)) ??
      old.slice(0, Math.max(0, at)).findLast((id) => order.includes(id)) ??
      order[0];
    if (next !== undefined) this.selection.set({ active: next, anchor: next, mode: "command" });
  };
}
