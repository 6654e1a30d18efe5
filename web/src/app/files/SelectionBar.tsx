import { Archive, Copy, Download, FolderInput, Trash2, X } from "lucide-react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { useProject } from "../project/context";

/** What can be done with all that is chosen. */
export function SelectionBar() {
  const { manager, mayEdit } = useProject();
  const { paths } = useObservable(manager.selection);
  const trashKey = useKeyOf("file.trash");
  return (
    <div className="selection-bar" role="toolbar" aria-label="Actions for what is selected">
      <span role="status">
        {paths.size.toLocaleString("en")}
        <span className="selection-words"> {paths.size === 1 ? "item" : "items"} selected</span>
      </span>
      <Button look="plain" onPress={() => commands.run("file.download")}>
        <Download aria-hidden /> <span>Download</span>
      </Button>
      {mayEdit && (
        <>
          <Button look="plain" onPress={() => commands.run("files.move")}>
            <FolderInput aria-hidden /> <span>Move to…</span>
          </Button>
          <Button look="plain" onPress={() => commands.run("files.copy-to")}>
            <Copy aria-hidden /> <span>Copy to…</span>
          </Button>
          <Button look="plain" onPress={() => commands.run("files.compress")}>
            <Archive aria-hidden /> <span>Compress</span>
          </Button>
          <Button look="plain" aria-keyshortcuts={trashKey} onPress={() => commands.run("file.trash")}>
            <Trash2 aria-hidden /> <span>Move to trash</span>
          </Button>
        </>
      )}
      <span className="grow" />
      <IconButton label="Clear the selection" onPress={() => manager.clear()}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
