import { Check, RotateCcw } from "lucide-react";
import type { FileRow } from "../../store/file-rows";
import { ColumnHead, GridCell, GridCells, GridHead } from "../../ui/GridCells";
import { IconButton } from "../../ui/IconButton";
import { FileIcon } from "../project/FileIcon";
import { useNow } from "../use-now";
import { ago, bytes, exactly } from "../words";

const COLUMNS = [
  ["name", "Name"],
  ["size", "Size"],
  ["modified", "Deleted"],
  ["people", "Restore"],
] as const;

export function TrashHead() {
  return (
    <GridHead className="file-columns file-head">
      {COLUMNS.map(([column, title]) => (
        <ColumnHead key={column} className={`file-${column}`}>
          {title}
        </ColumnHead>
      ))}
    </GridHead>
  );
}

/** The cells of something in the trash. `entry.name` is the folder that it was in. */
export function TrashCells({ row, onRestore }: { row: FileRow; onRestore?(): void }) {
  const now = useNow();
  const { entry } = row;
  if (!entry) return null;
  const at = (entry.modified_at ?? 0) * 1000;
  return (
    <GridCells className="file-columns">
      <GridCell className="file-name">
        <span className="row-check" data-toggle aria-hidden>
          <Check />
        </span>
        <FileIcon entry={{ name: row.text, kind: entry.kind }} />
        <span className="tree-name truncate">{row.text}</span>
        {entry.name && <span className="secondary truncate">from {entry.name}</span>}
      </GridCell>
      <GridCell className="file-size numbers">
        {entry.kind === "directory" ? "" : bytes(entry.size_bytes ?? 0)}
      </GridCell>
      <GridCell className="file-modified numbers">
        <time title={exactly(at)}>{ago(at, Math.max(now, at))}</time>
      </GridCell>
      <GridCell className="file-people">
        {onRestore && (
          <IconButton label={`Restore ${row.text}`} onPress={onRestore}>
            <RotateCcw aria-hidden />
          </IconButton>
        )}
      </GridCell>
    </GridCells>
  );
}
