import { ArrowDown, ArrowUp, Check, Link as LinkIcon, Star } from "lucide-react";
import { memo, type ReactNode, useCallback } from "react";
import { parent } from "../../store/directories";
import type { FileRow } from "../../store/file-rows";
import type { SortColumn } from "../../store/listing";
import { useObservable } from "../../store/react";
import { ColumnHead, GridCell, GridCells, GridHead } from "../../ui/GridCells";
import { PHONE, useMedia } from "../../ui/use-media";
import { VirtualTree } from "../../ui/VirtualTree";
import { useProject } from "../project/context";
import { FileIcon } from "../project/FileIcon";
import { RowPeople } from "../project/FileTree";
import { useNow } from "../use-now";
import { ago, bytes, exactly } from "../words";
import { choose } from "./choose";
import { startDrag } from "./drag";
import { RowMenu, useRowMenu } from "./RowMenu";
import { sortBy, sorting } from "./sorting";
import { useStars } from "./stars";

const ROW_HEIGHT = 32;
const ROW_HEIGHT_PHONE = 52;

interface FileGridProps {
  label: string;
  rows: readonly FileRow[];
  /** The folder that something is dragged over. */
  over?: string | null;
  /** The row to go to, once it is there. */
  reveal?: string | null;
  onType?(typed: string): void;
  empty: ReactNode;
  /** Rows from several folders, in an order of their own: each says where it is. */
  scattered?: boolean;
}

/** Files with their columns; drawn anew only where what is given changes. */
export const FileGrid = memo(function FileGrid(props: FileGridProps) {
  const { label, rows, over = null, reveal = null, onType, empty, scattered = false } = props;
  const { manager, open, goToFolder } = useProject();
  const { paths } = useObservable(manager.selection);
  const phone = useMedia(PHONE);
  const touch = useMedia("(pointer: coarse)");
  const act = (row: FileRow) => {
    if (row.entry?.kind === "directory") goToFolder(row.path);
    else if (row.entry) open(row.path);
  };
  const rowOf = (target: EventTarget): FileRow | undefined => {
    const element = target instanceof Element ? target.closest('[role="row"][data-key]') : null;
    const path = element?.getAttribute("data-key");
    return path ? rows.find((row) => row.path === path) : undefined;
  };
  const { menu, openMenu, closeMenu } = useRowMenu(rowOf);
  const draw = useCallback((row: FileRow) => <Cells row={row} scattered={scattered} />, [scattered]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: right clicks and drags of the rows inside arrive here
    <div
      className="tree-box file-grid"
      onContextMenu={openMenu}
      onDragStart={(event) => {
        const row = rowOf(event.target);
        if (row) startDrag(event, manager.meant(row.path));
      }}
    >
      <VirtualTree
        role="grid"
        label={label}
        rows={rows}
        rowHeight={phone ? ROW_HEIGHT_PHONE : ROW_HEIGHT}
        shown={reveal}
        target={over}
        onAct={act}
        onToggle={() => {}}
        selected={paths}
        onChoose={(path, how) => choose(manager.selection, rows, path, how)}
        {...(onType && { onType })}
        clickOpens={touch}
        head={<Head sortable={!scattered} />}
        empty={empty}
      >
        {draw}
      </VirtualTree>
      <RowMenu menu={menu} onClose={closeMenu} onOpen={act} place="list" />
    </div>
  );
});

const COLUMNS: { by: SortColumn; title: string }[] = [
  { by: "name", title: "Name" },
  { by: "size", title: "Size" },
  { by: "modified", title: "Modified" },
  { by: "people", title: "Who is in it" },
];

function Head({ sortable }: { sortable: boolean }) {
  const now = useObservable(sorting);
  return (
    <GridHead className="file-columns file-head">
      {COLUMNS.map(({ by, title }) => {
        const sorted = sortable && now.by === by;
        const Arrow = now.descending ? ArrowDown : ArrowUp;
        return (
          <ColumnHead
            key={by}
            className={`file-${by}`}
            sorted={sorted ? (now.descending ? "descending" : "ascending") : undefined}
          >
            {sortable ? (
              <button type="button" className="column-button" onClick={() => sortBy(by)}>
                {title}
                {sorted && <Arrow aria-hidden />}
              </button>
            ) : (
              title
            )}
          </ColumnHead>
        );
      })}
    </GridHead>
  );
}

function Cells({ row, scattered }: { row: FileRow; scattered: boolean }) {
  const stars = useStars();
  const { entry } = row;
  if (!entry) return null;
  const folder = entry.kind === "directory";
  return (
    <GridCells className="file-columns">
      <GridCell className="file-name">
        <span className="row-check" data-toggle aria-hidden>
          <Check />
        </span>
        <FileIcon entry={entry} />
        <span className="tree-name truncate">{row.text}</span>
        {scattered && parent(row.path) && <span className="secondary truncate">in {parent(row.path)}</span>}
        {entry.link && <LinkIcon aria-label="link" className="tree-mark" />}
        {stars.has(row.path) && <Star role="img" aria-label="starred" className="tree-star" />}
      </GridCell>
      <GridCell className="file-size numbers">{folder ? "" : bytes(entry.size_bytes ?? 0)}</GridCell>
      <GridCell className="file-modified numbers">
        <Modified seconds={entry.modified_at ?? 0} />
      </GridCell>
      <GridCell className="file-people">
        <RowPeople row={folder ? { ...row, expanded: false } : row} />
      </GridCell>
    </GridCells>
  );
}

function Modified({ seconds }: { seconds: number }) {
  const now = useNow();
  if (seconds === 0) return null;
  return <time title={exactly(seconds * 1000)}>{ago(seconds * 1000, Math.max(now, seconds * 1000))}</time>;
}
