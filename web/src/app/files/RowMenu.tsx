import {
  Archive,
  Copy,
  Download,
  FileOutput,
  FilePlus,
  FolderInput,
  FolderPlus,
  FolderSymlink,
  Link as LinkIcon,
  NotebookPen,
  PackageOpen,
  Pencil,
  SquareTerminal,
  Star,
  Trash2,
} from "lucide-react";
import { type MouseEvent, useState } from "react";
import { useKeyOf } from "../../commands/react";
import { parent } from "../../store/directories";
import type { FileRow } from "../../store/file-rows";
import { ContextMenu, MenuItem, MenuSeparator } from "../../ui/Menu";
import { useProject } from "../project/context";
import { isNotebook } from "../project/file-acts";
import { count } from "../words";
import { isArchive } from "./kinds";
import { useStars } from "./stars";

interface ShownMenu {
  at: { x: number; y: number };
  row: FileRow;
}

/** The menu of the row under a right click or with the focus. A row that is not chosen is chosen alone. */
export function useRowMenu(rowOf: (target: EventTarget) => FileRow | undefined) {
  const { manager } = useProject();
  const [menu, setMenu] = useState<ShownMenu | null>(null);
  const openMenu = (event: MouseEvent) => {
    const row = rowOf(event.target);
    if (!row) return;
    event.preventDefault();
    if (!manager.selection.get().paths.has(row.path)) manager.only(row.path);
    const box = (event.target as Element).closest('[role="row"]')?.getBoundingClientRect();
    // The menu key has no place of its own: the menu then opens below the row.
    const byKey = event.button !== 2 && box !== undefined;
    setMenu({ at: byKey ? { x: box.left + 24, y: box.bottom } : { x: event.clientX, y: event.clientY }, row });
  };
  return { menu, openMenu, closeMenu: () => setMenu(null) };
}

interface RowMenuProps {
  menu: ShownMenu | null;
  onClose(): void;
  onOpen(row: FileRow): void;
  /** Where a name is typed. */
  place?: "list";
}

/** What can be done with a row of a list of files; with all that is chosen when the row is. */
export function RowMenu({ menu, onClose, onOpen, place }: RowMenuProps) {
  const { manager } = useProject();
  const row = menu?.row;
  const paths = row ? manager.meant(row.path) : [];
  const label = paths.length > 1 ? `Actions for ${count(paths.length, "item")}` : `Actions for ${row?.text ?? ""}`;
  return (
    <ContextMenu at={menu?.at ?? null} label={label} onClose={onClose}>
      {paths.length > 1 ? <ManyItems paths={paths} /> : row && <OneItems row={row} onOpen={onOpen} place={place} />}
    </ContextMenu>
  );
}

function OneItems({ row, onOpen, place }: { row: FileRow; onOpen(row: FileRow): void; place: "list" | undefined }) {
  const { acts, manager, mayEdit } = useProject();
  const renameKey = useKeyOf("file.rename");
  const stars = useStars();
  const { path } = row;
  const folder = row.entry?.kind === "directory";
  const inside = folder ? path : parent(path);
  const where = place ? { place } : {};
  return (
    <>
      <MenuItem id="open" onAction={() => onOpen(row)}>
        {folder && !place ? "Open or close" : "Open"}
      </MenuItem>
      {mayEdit && (
        <>
          <MenuItem
            id="new-file"
            icon={FilePlus}
            onAction={() => acts.naming.set({ kind: "file", folder: inside, ...where })}
          >
            New file here
          </MenuItem>
          <MenuItem
            id="new-notebook"
            icon={NotebookPen}
            onAction={() => acts.naming.set({ kind: "notebook", folder: inside, ...where })}
          >
            New notebook here
          </MenuItem>
          <MenuItem id="new-terminal" icon={SquareTerminal} onAction={() => void acts.newTerminal(inside)}>
            Open terminal here
          </MenuItem>
          <MenuItem
            id="new-folder"
            icon={FolderPlus}
            onAction={() => acts.naming.set({ kind: "folder", folder: inside, ...where })}
          >
            New folder here
          </MenuItem>
          <MenuSeparator />
          <MenuItem
            id="rename"
            icon={Pencil}
            shortcut={renameKey}
            onAction={() => acts.naming.set({ kind: "rename", path, ...where })}
          >
            Rename
          </MenuItem>
        </>
      )}
      <ChangingItems paths={[path]} />
      {mayEdit && !folder && isArchive(path) ? (
        <MenuItem id="extract" icon={PackageOpen} onAction={() => void manager.extract(path)}>
          Extract
        </MenuItem>
      ) : null}
      <MenuSeparator />
      {!folder && isNotebook(path) ? (
        <MenuItem id="export" icon={FileOutput} onAction={() => acts.exporting.set(path)}>
          Export
        </MenuItem>
      ) : null}
      <MenuItem id="download" icon={Download} onAction={() => void manager.download([path])}>
        {folder ? "Download as zip" : "Download"}
      </MenuItem>
      <MenuItem id="copy-link" icon={LinkIcon} onAction={() => void acts.copyLink(path)}>
        Copy link
      </MenuItem>
      <MenuItem id="star" icon={Star} onAction={() => stars.toggle(path)}>
        {stars.has(path) ? "Remove star" : "Add star"}
      </MenuItem>
      <TrashItem paths={[path]} />
    </>
  );
}

function ManyItems({ paths }: { paths: readonly string[] }) {
  const { manager } = useProject();
  return (
    <>
      <ChangingItems paths={paths} />
      <MenuItem id="download" icon={Download} onAction={() => void manager.download(paths)}>
        Download as zip
      </MenuItem>
      <MenuItem id="download-tar" icon={Download} onAction={() => void manager.download(paths, "tar.gz")}>
        Download as tar.gz
      </MenuItem>
      <TrashItem paths={paths} />
    </>
  );
}

function ChangingItems({ paths }: { paths: readonly string[] }) {
  const { manager, mayEdit, info } = useProject();
  const toProject = (
    <MenuItem id="to-project" icon={FolderSymlink} onAction={() => manager.toProject.set(paths)}>
      Copy to another project…
    </MenuItem>
  );
  if (!mayEdit) return info.mode === "multi" ? toProject : null;
  return (
    <>
      <MenuItem id="duplicate" icon={Copy} onAction={() => void manager.duplicate(paths)}>
        Duplicate
      </MenuItem>
      <MenuItem id="move" icon={FolderInput} onAction={() => manager.whereTo.set({ kind: "move", paths })}>
        Move to…
      </MenuItem>
      <MenuItem id="copy" icon={Copy} onAction={() => manager.whereTo.set({ kind: "copy", paths })}>
        Copy to…
      </MenuItem>
      {info.mode === "multi" ? toProject : null}
      <MenuItem id="compress" icon={Archive} onAction={() => void manager.compress(paths, "zip")}>
        Compress to zip
      </MenuItem>
      <MenuItem id="compress-tar" icon={Archive} onAction={() => void manager.compress(paths, "tar.gz")}>
        Compress to tar.gz
      </MenuItem>
    </>
  );
}

function TrashItem({ paths }: { paths: readonly string[] }) {
  const { manager, mayEdit } = useProject();
  if (!mayEdit) return null;
  return (
    <>
      <MenuSeparator />
      <MenuItem id="trash" icon={Trash2} danger shortcut="Delete" onAction={() => void manager.trash(paths)}>
        Move to trash
      </MenuItem>
    </>
  );
}
