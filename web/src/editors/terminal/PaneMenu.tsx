import {
  ClipboardPaste,
  Columns2,
  Copy,
  Eraser,
  FileDown,
  Pause,
  Play,
  RotateCcw,
  Rows2,
  Search,
  Settings2,
  TextSelect,
  X,
} from "lucide-react";
import { useKeyOf } from "../../commands/react";
import type { TerminalEntry } from "../../protocol/generated";
import { useObservable } from "../../store/react";
import { ContextMenu, MenuItem, MenuSeparator } from "../../ui/Menu";
import { closeTerminal, restart, split } from "./acts";
import { useTerminals } from "./context";
import type { TerminalSession } from "./session";

interface MenuItemsProps {
  session: TerminalSession;
  entry: TerminalEntry;
  onFind(): void;
}

/** All that is done with a terminal: the menu of a right click, and that of its head. */
export function MenuItems({ session, entry, onFind }: MenuItemsProps) {
  const context = useTerminals();
  const { mayType, count } = context;
  const paused = useObservable(session.client.status)?.paused ?? false;
  const copyKey = useKeyOf("terminal.copy");
  const findKey = useKeyOf("terminal.find");
  const rightKey = useKeyOf("terminal.split-right");
  const belowKey = useKeyOf("terminal.split-below");
  const selected = session.screen.terminal.hasSelection();
  return (
    <>
      <MenuItem
        id="copy"
        icon={Copy}
        shortcut={copyKey}
        isDisabled={!selected}
        onAction={() => void session.copy().then(() => session.focus())}
      >
        Copy
      </MenuItem>
      {mayType && (
        <MenuItem
          id="paste"
          icon={ClipboardPaste}
          shortcut="Mod-Shift-v"
          onAction={() => void session.pasteClipboard()}
        >
          Paste
        </MenuItem>
      )}
      <MenuItem id="select-all" icon={TextSelect} onAction={() => session.screen.terminal.selectAll()}>
        Select all
      </MenuItem>
      <MenuItem id="find" icon={Search} shortcut={findKey} onAction={onFind}>
        Find
      </MenuItem>
      {mayType && (
        <>
          <MenuSeparator />
          <MenuItem
            id="pause"
            icon={paused ? Play : Pause}
            onAction={() => session.client.send({ type: "pause", paused: !paused })}
          >
            {paused ? "Let the output go on" : "Hold the output"}
          </MenuItem>
          <MenuItem id="clear" icon={Eraser} onAction={() => session.client.send({ type: "clear" })}>
            Clear
          </MenuItem>
          <MenuItem id="save" icon={FileDown} onAction={() => session.client.send({ type: "save" })}>
            Save the output to a file
          </MenuItem>
          <MenuSeparator />
          <MenuItem id="split-right" icon={Columns2} shortcut={rightKey} onAction={() => split(context, entry, "row")}>
            Split to the right
          </MenuItem>
          <MenuItem id="split-below" icon={Rows2} shortcut={belowKey} onAction={() => split(context, entry, "column")}>
            Split below
          </MenuItem>
          <MenuItem id="set-start" icon={Settings2} onAction={() => context.ask({ what: "start", entry })}>
            Change what it starts with
          </MenuItem>
          <MenuItem id="restart" icon={RotateCcw} onAction={() => restart(context, session, entry)}>
            End and start again
          </MenuItem>
          {count > 1 ? (
            <MenuItem id="close" icon={X} danger onAction={() => closeTerminal(context, session, entry)}>
              Close terminal
            </MenuItem>
          ) : null}
        </>
      )}
    </>
  );
}

interface PaneMenuProps extends MenuItemsProps {
  at: { x: number; y: number } | null;
  onClose(): void;
}

export function PaneMenu({ at, onClose, ...items }: PaneMenuProps) {
  return (
    <ContextMenu at={at} label="Terminal" onClose={onClose}>
      <MenuItems {...items} />
    </ContextMenu>
  );
}
