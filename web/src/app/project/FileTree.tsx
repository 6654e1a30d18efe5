import { ChevronRight, Link as LinkIcon } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo } from "react";
import { baseName, parent } from "../../store/directories";
import { type FileRow, fileRows } from "../../store/file-rows";
import { pictureUrl } from "../../store/profile";
import { useObservable } from "../../store/react";
import { kept } from "../../store/selection";
import { othersBelow } from "../../store/workspace";
import { Avatar } from "../../ui/Avatar";
import { Skeleton } from "../../ui/Skeleton";
import { PHONE, useMedia } from "../../ui/use-media";
import { VirtualTree } from "../../ui/VirtualTree";
import { choose } from "../files/choose";
import { startDrag } from "../files/drag";
import { RowMenu, useRowMenu } from "../files/RowMenu";
import { bytes } from "../words";
import { useProject } from "./context";
import { FileIcon } from "./FileIcon";
import { showHidden } from "./hidden-files";

const ROW_HEIGHT = 28;
const ROW_HEIGHT_PHONE = 44;
/** More faces than this would hide the name. */
const MAX_FACES = 3;

/** The file list: live, of any size, with keys for everything. `over` is the folder that something is dragged over. */
export function FileTree({ over }: { over: string | null }) {
  const { files, manager, open, path: shown } = useProject();
  const { paths: selected } = useObservable(manager.selection);
  const directories = useObservable(files.directories);
  const expanded = useObservable(files.expanded);
  const hidden = useObservable(showHidden);
  const phone = useMedia(PHONE);
  const rows = useMemo(() => fileRows(directories, expanded, hidden), [directories, expanded, hidden]);
  const root = directories.get("");
  // What is gone is no longer chosen; a new file of its name is another one.
  useEffect(() => {
    manager.selection.update((chosen) =>
      kept(chosen, (path) => {
        const folder = directories.get(parent(path));
        return !folder?.loaded || folder.entries.has(baseName(path));
      }),
    );
  }, [directories, manager]);

  const rowOf = (target: EventTarget): FileRow | undefined => {
    const element = target instanceof Element ? target.closest('[role="row"]') : null;
    const path = element?.getAttribute("data-key");
    return path ? rows.find((row) => row.path === path && row.entry) : undefined;
  };
  const act = (row: FileRow) => {
    if (row.expanded !== undefined) files.toggle(row.path);
    else if (row.entry) open(row.path);
  };
  const { menu, openMenu, closeMenu } = useRowMenu(rowOf);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || selected.size === 0) return;
    manager.clear();
    event.preventDefault();
  };
  if (!root?.loaded) return <Skeleton lines={7} label="Loading the files" />;
  if (root.error) return <p className="tree-note">{root.error}</p>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and right clicks of the rows inside arrive here
    <div
      className="tree-box"
      onContextMenu={openMenu}
      onKeyDown={onKeyDown}
      onDragStart={(event) => {
        const row = rowOf(event.target);
        if (row) startDrag(event, manager.meant(row.path));
      }}
    >
      <VirtualTree
        label="Files"
        rows={rows}
        rowHeight={phone ? ROW_HEIGHT_PHONE : ROW_HEIGHT}
        shown={shown}
        target={over}
        onAct={act}
        onToggle={(path) => files.toggle(path)}
        selected={selected}
        onChoose={(path, how) => choose(manager.selection, rows, path, how)}
        empty={<p className="tree-note">No files yet. Make one with the buttons above, or drop files here.</p>}
      >
        {drawCell}
      </VirtualTree>
      {root.truncated && <p className="tree-note">There are more files here than the list shows.</p>}
      <RowMenu menu={menu} onClose={closeMenu} onOpen={act} />
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
export function RowPeople({ row }: { row: FileRow }) {
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
