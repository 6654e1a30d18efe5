import {
  ChevronRight,
  Copy,
  Download,
  FileOutput,
  FilePlus,
  FolderPlus,
  Link as LinkIcon,
  NotebookPen,
  Pencil,
  SquareTerminal,
  Trash2,
} from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useMemo, useState } from "react";
import { useKeyOf } from "../../commands/react";
import { parent } from "../../store/directories";
import { type FileRow, fileRows } from "../../store/file-rows";
import { pictureUrl } from "../../store/profile";
import { useObservable } from "../../store/react";
import { othersBelow } from "../../store/workspace";
import { Avatar } from "../../ui/Avatar";
import { ContextMenu, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Skeleton } from "../../ui/Skeleton";
import { PHONE, useMedia } from "../../ui/use-media";
import { VirtualTree } from "../../ui/VirtualTree";
import { bytes } from "../words";
import { useProject } from "./context";
import { FileIcon } from "./FileIcon";
import { isNotebook } from "./file-acts";
import { showHidden } from "./hidden-files";

const ROW_HEIGHT = 28;
const ROW_HEIGHT_PHONE = 44;
/** More faces than this would hide the name. */
const MAX_FACES = 3;

/** Dragged rows carry their path under this type. */
export const PATH_TYPE = "application/x-studium-path";

/** The file list: live, of any size, with keys for everything. */
export function FileTree() {
  const { files, acts, open, path: shown, mayEdit } = useProject();
  const directories = useObservable(files.directories);
  const expanded = useObservable(files.expanded);
  const hidden = useObservable(showHidden);
  const phone = useMedia(PHONE);
  const rows = useMemo(() => fileRows(directories, expanded, hidden), [directories, expanded, hidden]);
  const [menu, setMenu] = useState<{ at: { x: number; y: number }; row: FileRow } | null>(null);
  const root = directories.get("");

  const rowOf = (target: EventTarget): FileRow | undefined => {
    const element = target instanceof Element ? target.closest('[role="row"]') : null;
    const path = element?.getAttribute("data-key");
    return path ? rows.find((row) => row.path === path && row.entry) : undefined;
  };
  const act = (row: FileRow) => {
    if (row.expanded !== undefined) files.toggle(row.path);
    else if (row.entry) open(row.path);
  };
  const onContextMenu = (event: MouseEvent) => {
    const row = rowOf(event.target);
    if (!row) return;
    event.preventDefault();
    const box = (event.target as Element).closest('[role="row"]')?.getBoundingClientRect();
    // The menu key has no place of its own: the menu then opens below the row.
    const byKey = event.button !== 2 && box !== undefined;
    setMenu({ at: byKey ? { x: box.left + 24, y: box.bottom } : { x: event.clientX, y: event.clientY }, row });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rowOf(event.target);
    if (!row || !mayEdit) return;
    if (event.key === "Delete" || (event.key === "Backspace" && event.metaKey)) void acts.trash(row.path);
    else return;
    event.preventDefault();
  };
  if (!root?.loaded) return <Skeleton lines={7} label="Loading the files" />;
  if (root.error) return <p className="tree-note">{root.error}</p>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and right clicks of the rows inside arrive here
    <div
      className="tree-box"
      onContextMenu={onContextMenu}
      onKeyDown={onKeyDown}
      onDragStart={(event) => {
        const row = rowOf(event.target);
        if (row) event.dataTransfer.setData(PATH_TYPE, row.path);
      }}
    >
      <VirtualTree
        label="Files"
        rows={rows}
        rowHeight={phone ? ROW_HEIGHT_PHONE : ROW_HEIGHT}
        shown={shown}
        onAct={act}
        onToggle={(path) => files.toggle(path)}
        empty={<p className="tree-note">No files yet. Make one with the buttons above, or drop files here.</p>}
      >
        {drawCell}
      </VirtualTree>
      {root.truncated && <p className="tree-note">There are more files here than the list shows.</p>}
      <RowMenu menu={menu} onClose={() => setMenu(null)} onOpen={act} />
    </div>
  );
}

const drawCell = (row: FileRow) => <Cell row={row} />;

function Cell({ row }: { row: FileRow }) {
  const { entry } = row;
  if (!entry) return <span className="secondary tree-remark">{row.text}</span>;
  const folder = entry.kind === "directory";
  return (
    <>
      <span className="tree-chevron">{folder && <ChevronRight aria-hidden />}</span>
      <FileIcon entry={entry} />
      <span className="tree-name truncate" title={folder ? undefined : bytes(entry.size_bytes ?? 0)}>
        {row.text}
      </span>
      <RowPeople row={row} />
      {entry.link && <LinkIcon aria-label="link" className="tree-mark" />}
    </>
  );
}

/** Who else is in the file, or in one below a closed folder. */
function RowPeople({ row }: { row: FileRow }) {
  const { files, info } = useProject();
  const inProject = useObservable(files.people);
  if (row.expanded) return null;
  const others = othersBelow(inProject, row.path, row.expanded === false, info.account?.account_id ?? "");
  if (others.length === 0) return null;
  const names = others.map((person) => person.name).join(", ");
  return (
    <span className="tree-people" role="img" aria-label={`${names} here`} title={names}>
      {others.slice(0, MAX_FACES).map((person) => (
        <Avatar
          key={person.account_id}
          name={person.name}
          colour={person.colour}
          picture={pictureUrl(person.account_id, person.avatar)}
          size="small"
        />
      ))}
      {others.length > MAX_FACES && <span className="secondary numbers">+{others.length - MAX_FACES}</span>}
    </span>
  );
}

interface RowMenuProps {
  menu: { at: { x: number; y: number }; row: FileRow } | null;
  onClose(): void;
  onOpen(row: FileRow): void;
}

function RowMenu({ menu, onClose, onOpen }: RowMenuProps) {
  const { acts, mayEdit } = useProject();
  const renameKey = useKeyOf("file.rename");
  const row = menu?.row;
  const path = row?.path ?? "";
  const folder = row?.entry?.kind === "directory";
  const inside = folder ? path : parent(path);
  return (
    <ContextMenu at={menu?.at ?? null} label={`Actions for ${row?.text ?? ""}`} onClose={onClose}>
      <MenuItem id="open" onAction={() => row && onOpen(row)}>
        {folder ? "Open or close" : "Open"}
      </MenuItem>
      {mayEdit && (
        <>
          <MenuItem id="new-file" icon={FilePlus} onAction={() => acts.naming.set({ kind: "file", folder: inside })}>
            New file here
          </MenuItem>
          <MenuItem
            id="new-notebook"
            icon={NotebookPen}
            onAction={() => acts.naming.set({ kind: "notebook", folder: inside })}
          >
            New notebook here
          </MenuItem>
          <MenuItem id="new-terminal" icon={SquareTerminal} onAction={() => void acts.newTerminal(inside)}>
            Open terminal here
          </MenuItem>
          <MenuItem
            id="new-folder"
            icon={FolderPlus}
            onAction={() => acts.naming.set({ kind: "folder", folder: inside })}
          >
            New folder here
          </MenuItem>
          <MenuSeparator />
          <MenuItem
            id="rename"
            icon={Pencil}
            shortcut={renameKey}
            onAction={() => acts.naming.set({ kind: "rename", path })}
          >
            Rename
          </MenuItem>
          {folder ? null : (
            <MenuItem id="duplicate" icon={Copy} onAction={() => void acts.duplicate(path)}>
              Duplicate
            </MenuItem>
          )}
        </>
      )}
      {!folder && isNotebook(path) ? (
        <MenuItem id="export" icon={FileOutput} onAction={() => acts.exporting.set(path)}>
          Export
        </MenuItem>
      ) : null}
      {folder ? null : (
        <MenuItem id="download" icon={Download} onAction={() => acts.download(path)}>
          Download
        </MenuItem>
      )}
      <MenuItem id="copy-link" icon={LinkIcon} onAction={() => void acts.copyLink(path)}>
        Copy link
      </MenuItem>
      {mayEdit && (
        <>
          <MenuSeparator />
          <MenuItem id="trash" icon={Trash2} danger shortcut="Delete" onAction={() => void acts.trash(path)}>
            Move to trash
          </MenuItem>
        </>
      )}
    </ContextMenu>
  );
}
