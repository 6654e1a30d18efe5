import {
  ChevronDown,
  FileCode,
  FilePlus,
  FileText,
  FolderPlus,
  FolderUp,
  Globe,
  type LucideIcon,
  NotebookPen,
  Sigma,
  SquareTerminal,
  Table,
  Upload,
} from "lucide-react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import { Button } from "../../ui/Button";
import { MenuButton, MenuItem, MenuSeparator } from "../../ui/Menu";
import { useProject } from "../project/context";
import { TEMPLATES } from "./templates";

const ICONS: Record<string, LucideIcon> = {
  markdown: FileText,
  python: FileCode,
  latex: Sigma,
  csv: Table,
  html: FileCode,
};

/** Everything that can be made in a folder. */
export function NewMenu({ folder }: { folder: string }) {
  const { acts, manager } = useProject();
  const notebookKey = useKeyOf("notebook.new");
  const folderKey = useKeyOf("folder.new");
  const terminalKey = useKeyOf("terminal.new");
  const uploadKey = useKeyOf("file.upload");
  return (
    <MenuButton
      label="Make or upload"
      button={
        <Button look="primary">
          New <ChevronDown aria-hidden />
        </Button>
      }
    >
      <MenuItem
        id="notebook"
        icon={NotebookPen}
        shortcut={notebookKey}
        onAction={() => acts.naming.set({ kind: "notebook", folder, place: "list" })}
      >
        Notebook
      </MenuItem>
      <MenuItem
        id="terminal"
        icon={SquareTerminal}
        shortcut={terminalKey}
        onAction={() => void acts.newTerminal(folder)}
      >
        Terminal
      </MenuItem>
      <MenuItem
        id="folder"
        icon={FolderPlus}
        shortcut={folderKey}
        onAction={() => acts.naming.set({ kind: "folder", folder, place: "list" })}
      >
        Folder
      </MenuItem>
      <MenuSeparator />
      {TEMPLATES.map(({ id, title, ending, text }) => (
        <MenuItem
          key={id}
          id={id}
          icon={ICONS[id] ?? FilePlus}
          onAction={() => acts.naming.set({ kind: "file", folder, ending, text, place: "list" })}
        >
          {title}
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem id="url" icon={Globe} onAction={() => manager.fetching.set({ folder })}>
        From a URL
      </MenuItem>
      <MenuItem id="upload" icon={Upload} shortcut={uploadKey} onAction={() => commands.run("file.upload")}>
        Upload files
      </MenuItem>
      <MenuItem id="upload-folder" icon={FolderUp} onAction={() => commands.run("files.upload-folder")}>
        Upload a folder
      </MenuItem>
    </MenuButton>
  );
}
