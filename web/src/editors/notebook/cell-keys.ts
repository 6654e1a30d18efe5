/** Keys in the text of a cell: Jupyter's, where they are not those of any text. */
import { acceptCompletion, completionStatus, startCompletion } from "@codemirror/autocomplete";
import { indentLess, indentMore } from "@codemirror/commands";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { commands } from "../../commands/commands";
import { redoInText, undoInText } from "../text/keys";
import { undoManagerOf } from "../text/undo";
import { completeFrom } from "./completion";
import { inspectAt } from "./inspection";
import type { NotebookSession } from "./session";

export function cellKeys(session: NotebookSession, id: string): Extension {
  const isCode = () => session.notebook.type(id) === "code";
  const complete = (view: EditorView): boolean => {
    if (!isCode() || isBlankBefore(view) || !view.state.selection.main.empty) return indentMore(view);
    return startCompletion(view);
  };
  const inspect = (view: EditorView): boolean => {
    const { from, to } = view.state.selection.main;
    const { doc } = view.state;
    if (!isCode() || isBlankBefore(view) || doc.lineAt(from).number !== doc.lineAt(to).number) return indentLess(view);
    if (session.kernel) void inspectAt(view, session.kernel);
    return true;
  };
  /** What was typed here; when that is all undone, what was done to cells. */
  const undo = (view: EditorView): boolean => {
    const text = session.notebook.source(id);
    if (text && undoManagerOf(text).undoStack.length > 0) return undoInText(view);
    session.undo();
    return true;
  };
  /** Out of the text at its first or last line, into the next cell. */
  const leave = (by: -1 | 1) => (view: EditorView) => {
    const { main } = view.state.selection;
    if (!main.empty || completionStatus(view.state) === "active" || !isAtEdge(view, main.head, by)) return false;
    return session.editNeighbour(by);
  };
  return [
    Prec.highest(EditorView.domEventHandlers({ keydown: (event) => runFromText(event) })),
    completeFrom(session, id),
    Prec.high(
      keymap.of([
        { key: "Tab", run: (view) => acceptCompletion(view) || complete(view) },
        { key: "Shift-Tab", run: inspect },
        { key: "Mod-z", run: undo, preventDefault: true },
        { key: "Mod-Shift-z", mac: "Mod-Shift-z", run: redoInText, preventDefault: true },
        { key: "ArrowUp", run: leave(-1) },
        { key: "ArrowDown", run: leave(1) },
      ]),
    ),
  ];
}

function isBlankBefore(view: EditorView): boolean {
  const { doc, selection } = view.state;
  const line = doc.lineAt(selection.main.from);
  return /^\s*$/.test(line.text.slice(0, selection.main.from - line.from));
}

/** In the first or the last line as it is drawn: one that is wrapped has several. */
function isAtEdge(view: EditorView, head: number, by: -1 | 1): boolean {
  const { doc } = view.state;
  if (doc.lineAt(head).number !== (by < 0 ? 1 : doc.lines)) return false;
  const here = view.coordsAtPos(head);
  const edge = view.coordsAtPos(by < 0 ? 0 : doc.length);
  return !here || !edge || Math.abs(here.top - edge.top) < view.defaultLineHeight / 2;
}

/** Whether a key press is one that a command of the notebook takes in the text too; then it runs. */
function runFromText(event: KeyboardEvent): boolean {
  if (event.isComposing || event.key === "Escape") return false;
  if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Enter") return false;
  if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) return false;
  const command = commands.commandFor(event);
  if (!command?.id.startsWith("notebook.") || (event.repeat && !command.repeats)) return false;
  event.preventDefault();
  event.stopPropagation();
  commands.run(command.id);
  return true;
}
