import {
  ChevronRight,
  CircleAlert,
  Download,
  FilePlus,
  FolderPlus,
  Link as LinkIcon,
  Pencil,
  Trash2,
} from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useMemo, useRef, useState } from "react";
import { Button, Collection, ListLayout, Tree, TreeItem, TreeItemContent, Virtualizer } from "react-aria-components";
import { useKeyOf } from "../../commands/react";
import type { Entry } from "../../protocol/generated";
import { baseName, type Directories, join, parent, sortedEntries } from "../../store/directories";
import { useObservable } from "../../store/react";
import { ContextMenu, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Skeleton } from "../../ui/Skeleton";
import { bytes } from "../words";
import { useProject } from "./context";
import { FileIcon } from "./FileIcon";
import { showHidden } from "./hidden-files";

const ROW_HEIGHT = 28;
const ROW_HEIGHT_PHONE = 44;

interface Node {
  path: string;
  entry: Entry;
  children: readonly Node[];
}

/** The rows of a folder; the same objects as before for what has not changed, so that only changes are drawn. */
function useNodes(directories: Directories, expanded: ReadonlySet<string>, hidden: boolean): readonly Node[] {
  const cache = useRef(new Map<string, Node>());
  return useMemo(() => {
    const next = new Map<string, Node>();
    const build = (folder: string): readonly Node[] => {
      const directory = directories.get(folder);
      if (!directory) return NO_NODES;
      const nodes: Node[] = [];
      for (const entry of sortedEntries(directory)) {
        if (!hidden && entry.name.startsWith(".")) continue;
        const path = join(folder, entry.name);
        const children = entry.kind === "directory" && expanded.has(path) ? build(path) : NO_NODES;
        const before = cache.current.get(path);
        const same = before && before.entry === entry && sameNodes(before.children, children);
        const node = same ? before : { path, entry, children };
        next.set(path, node);
        nodes.push(node);
      }
      return nodes;
    };
    const nodes = build("");
    cache.current = next;
    return nodes;
  }, [directories, expanded, hidden]);
}

const NO_NODES: readonly Node[] = [];

function sameNodes(a: readonly Node[], b: readonly Node[]): boolean {
  return a.length === b.length && a.every((node, index) => node === b[index]);
}

/** The file list: a tree grid with keys, virtual, live. */
export function FileTree() {
  const { files, acts, open, path: shownPath } = useProject();
  const directories = useObservable(files.directories);
  const expanded = useObservable(files.expanded);
  const hidden = useObservable(showHidden);
  const nodes = useNodes(directories, expanded, hidden);
  const root = directories.get("");
  const [menu, setMenu] = useState<{ at: { x: number; y: number }; node: Node } | null>(null);
  const phone = matchMedia("(max-width: 640px)").matches;

  const find = (path: string): Node | null => {
    const entry = directories.get(parent(path))?.entries.get(baseName(path));
    return entry ? { path, entry, children: NO_NODES } : null;
  };
  const nodeOf = (target: EventTarget): Node | null => {
    const row = target instanceof Element ? target.closest('[role="row"]') : null;
    return find(row?.getAttribute("data-key") ?? "");
  };
  const act = (path: string) => {
    const node = find(path);
    if (!node) return;
    if (node.entry.kind === "directory") files.toggle(path);
    else open(path);
  };
  const onContextMenu = (event: MouseEvent) => {
    const node = nodeOf(event.target);
    if (!node) return;
    event.preventDefault();
    const row = (event.target as Element).closest('[role="row"]')?.getBoundingClientRect();
    // The menu key has no place of its own: the menu then opens below the row.
    const byKey = event.clientX === 0 && event.clientY === 0;
    setMenu({ at: byKey && row ? { x: row.left + 24, y: row.bottom } : { x: event.clientX, y: event.clientY }, node });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const node = nodeOf(event.target);
    if (!node) return;
    if (event.key === "F2") acts.naming.set({ kind: "rename", path: node.path });
    else if (event.key === "Delete" || (event.key === "Backspace" && event.metaKey)) void acts.trash(node.path);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  if (!root?.loaded) return <Skeleton lines={7} label="Loading the files" />;
  if (root.error) return <p className="tree-note">{root.error}</p>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and right clicks of the rows inside arrive here
    <div className="tree-box" onContextMenu={onContextMenu} onKeyDownCapture={onKeyDown}>
      <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: phone ? ROW_HEIGHT_PHONE : ROW_HEIGHT }}>
        <Tree
          className="tree"
          aria-label="Files"
          items={nodes}
          expandedKeys={expanded as Set<string>}
          onExpandedChange={(keys) => files.setExpanded(new Set([...keys].map(String)))}
          onAction={(key) => act(String(key))}
          dependencies={[directories, shownPath]}
          renderEmptyState={() => (
            <p className="tree-note">No files yet. Make one with the buttons above, or drop files here.</p>
          )}
        >
          {(node) => <Row node={node} directories={directories} shownPath={shownPath} />}
        </Tree>
      </Virtualizer>
      {root.truncated && <p className="tree-note">There are more files here than the list shows.</p>}
      <RowMenu menu={menu} onClose={() => setMenu(null)} onOpen={act} />
    </div>
  );
}

function Row({ node, directories, shownPath }: { node: Node; directories: Directories; shownPath: string | null }) {
  const { entry, path } = node;
  const folder = entry.kind === "directory";
  const error = folder ? directories.get(path)?.error : undefined;
  return (
    <TreeItem
      id={path}
      textValue={entry.name}
      hasChildItems={folder}
      className={`tree-row ${path === shownPath ? "shown" : ""} ${entry.name.startsWith(".") ? "hidden-file" : ""}`}
    >
      <TreeItemContent>
        {({ level }) => (
          <div className="tree-cell" style={{ paddingLeft: 8 + (level - 1) * 12 }}>
            {folder ? (
              <Button slot="chevron" className="tree-chevron">
                <ChevronRight aria-hidden />
              </Button>
            ) : (
              <span className="tree-chevron" aria-hidden />
            )}
            <FileIcon entry={entry} />
            <span className="tree-name truncate" title={folder ? undefined : bytes(entry.size_bytes ?? 0)}>
              {entry.name}
            </span>
            {entry.link && <LinkIcon aria-label="link" className="tree-mark" />}
            {error && <CircleAlert aria-label={error} className="tree-mark" />}
          </div>
        )}
      </TreeItemContent>
      <Collection items={node.children}>
        {(child) => <Row node={child} directories={directories} shownPath={shownPath} />}
      </Collection>
    </TreeItem>
  );
}

interface RowMenuProps {
  menu: { at: { x: number; y: number }; node: Node } | null;
  onClose(): void;
  onOpen(path: string): void;
}

function RowMenu({ menu, onClose, onOpen }: RowMenuProps) {
  const { acts } = useProject();
  const renameKey = useKeyOf("file.rename");
  const node = menu?.node;
  const path = node?.path ?? "";
  const folder = node?.entry.kind === "directory";
  const inside = folder ? path : parent(path);
  return (
    <ContextMenu at={menu?.at ?? null} label={`Actions for ${node?.entry.name ?? ""}`} onClose={onClose}>
      <MenuItem id="open" onAction={() => onOpen(path)}>
        {folder ? "Open or close" : "Open"}
      </MenuItem>
      <MenuItem id="new-file" icon={FilePlus} onAction={() => acts.naming.set({ kind: "file", folder: inside })}>
        New file here
      </MenuItem>
      <MenuItem id="new-folder" icon={FolderPlus} onAction={() => acts.naming.set({ kind: "folder", folder: inside })}>
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
        <MenuItem id="download" icon={Download} onAction={() => acts.download(path)}>
          Download
        </MenuItem>
      )}
      <MenuItem id="copy-link" icon={LinkIcon} onAction={() => void acts.copyLink(path)}>
        Copy link
      </MenuItem>
      <MenuSeparator />
      <MenuItem id="trash" icon={Trash2} danger shortcut="Delete" onAction={() => void acts.trash(path)}>
        Move to trash
      </MenuItem>
    </ContextMenu>
  );
}
