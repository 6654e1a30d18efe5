import { useCommands } from "../../commands/react";
import type { Command } from "../../commands/registry";
import { type NotebookCommandId, notebookCommandNames } from "./command-names";
import { copied } from "./copied";
import type { Asked } from "./dialogs";
import { togglePanel } from "./panel/panel-state";
import type { NotebookSession } from "./session";

/** Where the keys of a command mean it: on a cell, in its text, or in both. */
type Place = "cell" | "text" | "both";

interface Act {
  run(): void;
  at?: Place;
  /** Viewers may do it too. */
  reads?: boolean;
  when?(): boolean;
  repeats?: boolean;
}

export interface NotebookActs {
  find(): void;
  /** Asks what needs an answer first. */
  ask(what: Exclude<Asked, null>): void;
  scroll(by: -1 | 1): void;
  print(): void;
}

/** The commands of the notebook that is shown. */
export function useNotebookCommands(session: NotebookSession, acts: NotebookActs): void {
  const { selection } = session;
  const all = () => session.notebook.order.get();
  const busy = () => {
    const status = session.kernel?.status.get();
    return status?.state === "busy" || (status?.queue?.length ?? 0) > 0;
  };
  const list: Record<NotebookCommandId, Act> = {
    "notebook.run-next": { at: "both", run: () => session.run("next") },
    "notebook.run": { at: "both", run: () => session.run("stay") },
    "notebook.run-insert": { at: "both", run: () => session.run("insert") },
    "notebook.run-all": { run: () => session.runAll() },
    "notebook.run-above": { run: () => session.runAll("above") },
    "notebook.run-below": { run: () => session.runAll("below") },
    "notebook.interrupt": { when: busy, run: () => session.ask({ type: "interrupt" }) },
    "notebook.restart": { run: () => acts.ask("restart") },
    "notebook.restart-run-all": { run: () => acts.ask("restart-run-all") },
    "notebook.shut-down": { run: () => acts.ask("shut-down") },
    "notebook.choose-kernel": { run: () => acts.ask("kernel") },
    "notebook.cancel-queue": { when: busy, run: () => session.ask({ type: "cancel" }) },
    "notebook.edit": { reads: true, run: () => session.edit() },
    "notebook.leave": { at: "text", reads: true, run: () => session.command() },
    "notebook.select-above": { reads: true, repeats: true, run: () => session.step(-1) },
    "notebook.select-below": { reads: true, repeats: true, run: () => session.step(1) },
    "notebook.extend-above": { reads: true, repeats: true, run: () => session.step(-1, true) },
    "notebook.extend-below": { reads: true, repeats: true, run: () => session.step(1, true) },
    "notebook.select-all": { reads: true, run: () => session.selectAll() },
    "notebook.insert-above": { run: () => session.insert(false) },
    "notebook.insert-below": { run: () => session.insert(true) },
    "notebook.delete": { run: () => session.remove() },
    "notebook.undo": { run: () => session.undo() },
    "notebook.redo": { run: () => session.redo() },
    "notebook.cut": { run: () => session.cut() },
    "notebook.copy": { reads: true, run: () => session.copy() },
    "notebook.paste-below": { when: () => copied().length > 0, run: () => session.paste(true) },
    "notebook.paste-above": { when: () => copied().length > 0, run: () => session.paste(false) },
    "notebook.duplicate": { run: () => session.duplicate() },
    "notebook.move-up": { repeats: true, at: "both", run: () => session.move(-1) },
    "notebook.move-down": { repeats: true, at: "both", run: () => session.move(1) },
    "notebook.merge": { run: () => session.merge() },
    "notebook.split": { at: "text", run: () => session.split() },
    "notebook.code": { run: () => session.setType("code") },
    "notebook.markdown": { run: () => session.setType("markdown") },
    "notebook.raw": { run: () => session.setType("raw") },
    "notebook.heading-1": { run: () => session.heading(1) },
    "notebook.heading-2": { run: () => session.heading(2) },
    "notebook.heading-3": { run: () => session.heading(3) },
    "notebook.heading-4": { run: () => session.heading(4) },
    "notebook.heading-5": { run: () => session.heading(5) },
    "notebook.heading-6": { run: () => session.heading(6) },
    "notebook.toggle-outputs": { run: () => session.toggleFlag("outputs_hidden") },
    "notebook.scroll-outputs": { run: () => session.toggleScrolled() },
    "notebook.toggle-source": { run: () => session.toggleFlag("source_hidden") },
    "notebook.clear": { run: () => session.clearOutputs() },
    "notebook.clear-all": { run: () => session.clearOutputs(all()) },
    "notebook.properties": { reads: true, run: () => togglePanel("properties") },
    "notebook.outline": { reads: true, run: () => togglePanel("outline") },
    "notebook.console": { run: () => togglePanel("console") },
    "notebook.variables": { reads: true, run: () => togglePanel("variables") },
    "notebook.line-numbers": { reads: true, run: () => session.toggleLineNumbers(selection.get().active) },
    "notebook.all-line-numbers": { reads: true, run: () => session.toggleLineNumbers() },
    "notebook.find": { at: "both", reads: true, run: acts.find },
    "notebook.scroll-down": { reads: true, repeats: true, run: () => acts.scroll(1) },
    "notebook.scroll-up": { reads: true, repeats: true, run: () => acts.scroll(-1) },
    "notebook.save": { run: () => session.client.saveNow() },
    "notebook.export": { reads: true, run: () => acts.ask("export") },
    "notebook.print": { reads: true, run: acts.print },
    "notebook.keys": { reads: true, run: () => acts.ask("keys") },
  };
  useCommands(
    notebookCommandNames.map((named): Command => {
      const { run, at = "cell", reads = false, when, repeats = false } = list[named.id];
      return {
        ...named,
        run,
        repeats,
        when: () => (reads || session.writable) && (when?.() ?? true),
        keyWhen: () => (at === "both" || focusPlace() === at ? focusPlace() !== null : false),
      };
    }),
  );
}

/** On a cell, in the text of one, or elsewhere: there a letter is what it says. */
function focusPlace(): Place | null {
  const focused = document.activeElement;
  if (focused?.matches(".cell[data-cell]")) return "cell";
  return focused?.closest(".cell[data-cell] .cm-editor") ? "text" : null;
}
