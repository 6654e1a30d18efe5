import { Ellipsis, FilePlus, FolderPlus, History, LayoutList, NotebookPen, SquareTerminal, Upload } from "lucide-react";
import { type PointerEvent, useRef } from "react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import { useObservable } from "../../store/react";
import { panelWidth } from "../../store/workspace";
import { IconButton } from "../../ui/IconButton";
import { MenuButton, MenuItem } from "../../ui/Menu";
import { PHONE, useMedia } from "../../ui/use-media";
import { folderOfRow, useFileDrop } from "../files/drag";
import { SelectionBar } from "../files/SelectionBar";
import { useProject } from "./context";
import { FileTree } from "./FileTree";
import { showHidden } from "./hidden-files";
import { NameRow } from "./NameRow";

/** The files of the project: a list that is live, and everything one does to files. */
export function SidePanel() {
  const { workspace, path, history, mayEdit, manager, shownFiles } = useProject();
  const { paths } = useObservable(manager.selection);
  // On a phone the list is all there is while no file is shown.
  const phone = useMedia(PHONE);
  const Panel = phone && path === null && history === null ? "main" : "aside";
  const width = useObservable(workspace.sidePanelWidth);
  const hidden = useObservable(showHidden);
  const newFileKey = useKeyOf("file.new");
  const newNotebookKey = useKeyOf("notebook.new");
  const newTerminalKey = useKeyOf("terminal.new");
  const newFolderKey = useKeyOf("folder.new");
  const { over, drop } = useFileDrop((event) => folderOfRow(event.target, ""));
  return (
    <Panel
      className={`side-panel ${over !== null ? "drop-target" : ""}`}
      style={{ width }}
      aria-label="Files panel"
      {...drop}
    >
      <div className="panel-head">
        <h2 className="panel-title">Files</h2>
        {mayEdit && (
          <>
            <IconButton label="New file" shortcut={newFileKey} onPress={() => commands.run("file.new")}>
              <FilePlus aria-hidden />
            </IconButton>
            <IconButton label="New notebook" shortcut={newNotebookKey} onPress={() => commands.run("notebook.new")}>
              <NotebookPen aria-hidden />
            </IconButton>
            <IconButton label="New terminal" shortcut={newTerminalKey} onPress={() => commands.run("terminal.new")}>
              <SquareTerminal aria-hidden />
            </IconButton>
            <IconButton label="New folder" shortcut={newFolderKey} onPress={() => commands.run("folder.new")}>
              <FolderPlus aria-hidden />
            </IconButton>
          </>
        )}
        {phone && (
          <IconButton label="File list" onPress={() => commands.run("view.files")}>
            <LayoutList aria-hidden />
          </IconButton>
        )}
        <MenuButton
          label="More about files"
          button={
            <IconButton label="More about files">
              <Ellipsis aria-hidden />
            </IconButton>
          }
        >
          <MenuItem id="upload" isDisabled={!mayEdit} icon={Upload} onAction={() => commands.run("file.upload")}>
            Upload files
          </MenuItem>
          <MenuItem id="hidden" onAction={() => showHidden.set(!hidden)}>
            {hidden ? "Hide hidden files" : "Show hidden files"}
          </MenuItem>
          <MenuItem id="deleted" icon={History} onAction={() => commands.run("history.deleted")}>
            History of deleted files
          </MenuItem>
        </MenuButton>
      </div>
      {paths.size > 1 && shownFiles === null && <SelectionBar />}
      <NameRow />
      <FileTree over={over} />
      {over !== null && <p className="drop-hint">To {over === "" ? "the project" : `“${over}”`}</p>}
      <Resizer />
    </Panel>
  );
}

/** The panel's edge: drag it, or use the arrow keys on it. */
export function Resizer() {
  const { workspace } = useProject();
  const width = useObservable(workspace.sidePanelWidth);
  const start = useRef<{ x: number; width: number } | null>(null);
  const move = (event: PointerEvent) => {
    if (start.current) workspace.sidePanelWidth.set(panelWidth(start.current.width + event.clientX - start.current.x));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a window splitter, which has no element of its own
    <div
      className="resizer"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the side panel"
      aria-valuenow={width}
      aria-valuemin={160}
      aria-valuemax={520}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={move}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") workspace.sidePanelWidth.set(panelWidth(width - 16));
        if (event.key === "ArrowRight") workspace.sidePanelWidth.set(panelWidth(width + 16));
      }}
    />
  );
}
