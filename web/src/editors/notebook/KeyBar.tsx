import { ArrowDown, ArrowUp, Check, Copy, ListPlus, Pencil, Play, Trash2, Undo2 } from "lucide-react";
import { commands } from "../../commands/commands";
import { Key, KeyBar } from "../../ui/KeyBar";
import { PHONE, useMedia } from "../../ui/use-media";
import { CommandButton } from "./CommandButton";
import { useNotebook, useSelection } from "./context";

/** What code needs and the keyboards of phones hide. */
const SIGNS = ["=", "(", ")", "[", "]", "{", "}", ":", ".", ",", '"', "'", "_", "#", "*", "+", "-", "/", "<", ">"];

/** On a phone: what is done to cells and, in the text of one, keys that its own keyboard lacks. */
export function NotebookKeyBar() {
  const { session } = useNotebook();
  const onPhone = useMedia(PHONE);
  const editing = useSelection(({ selection }) => selection.get().mode === "edit");
  if (!onPhone) return null;
  if (!editing) {
    return (
      <KeyBar label="Acts on the cell">
        <CommandButton id="notebook.edit" icon={Pencil} />
        <CommandButton id="notebook.insert-below" icon={ListPlus} />
        <CommandButton id="notebook.move-up" icon={ArrowUp} />
        <CommandButton id="notebook.move-down" icon={ArrowDown} />
        <CommandButton id="notebook.duplicate" icon={Copy} />
        <CommandButton id="notebook.undo" icon={Undo2} />
        <CommandButton id="notebook.delete" icon={Trash2} />
      </KeyBar>
    );
  }
  const view = () => session.editors.get(session.selection.get().active);
  const type = (text: string) => {
    const editor = view();
    if (editor) editor.dispatch(editor.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
  };
  const press = (key: string, more: KeyboardEventInit = {}) =>
    view()?.contentDOM.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  return (
    <KeyBar label="Keys">
      <Key label="Run cell" onPress={() => commands.run("notebook.run")}>
        <Play aria-hidden />
      </Key>
      <Key label="Leave the text" onPress={() => session.command()}>
        <Check aria-hidden />
      </Key>
      <Key label="Undo" onPress={() => press("z", { ctrlKey: true })}>
        <Undo2 aria-hidden />
      </Key>
      <Key label="Tab" onPress={() => press("Tab")}>
        Tab
      </Key>
      {SIGNS.map((sign) => (
        <Key key={sign} label={sign} onPress={() => type(sign)}>
          {sign}
        </Key>
      ))}
    </KeyBar>
  );
}
