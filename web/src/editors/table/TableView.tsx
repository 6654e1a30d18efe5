import {
  type ClipboardEvent,
  type FormEvent,
  type ReactNode,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { useObservable } from "../../store/react";
import { Skeleton } from "../../ui/Skeleton";
import { toast } from "../../ui/toast-queue";
import type { EditorProps } from "../types";
import { useViewerStatus } from "../viewer/use-viewer-status";
import { ViewerBar } from "../viewer/ViewerBar";
import { ViewerProblem } from "../viewer/ViewerProblem";
import { columnName, naturalWidths } from "./columns";
import { clipboardText, type TableSource } from "./rows";
import { type Area, type GridHandle, VirtualGrid } from "./VirtualGrid";
import "./table.css";

/** More cells than this are not copied: a clipboard takes no file. */
const MAX_COPIED_CELLS = 100_000;

interface TableViewProps {
  props: EditorProps;
  source: TableSource;
  about: ReactNode;
  note?: string;
  /** Tools of the format. */
  children?: ReactNode;
  onRetry(): void;
}

/** A table of any length, whatever its format: rows come as they are looked at. */
export function TableView({ props, source, about, note = "", children, onRetry }: TableViewProps) {
  const { projectId, path, active, onStatus } = props;
  const state = useObservable(source.state);
  const version = useObservable(source.pages.version);
  const range = useRef<[first: number, last: number]>([0, 0]);
  const grid = useRef<GridHandle>(null);
  const [place, setPlace] = useState("");
  const [changed, setChanged] = useState<ReadonlyMap<number, number>>(new Map());
  const { names, columns, rows, problem } = state;
  const ready = names !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: by the rows that came first, and no others
  const natural = useMemo(
    () => naturalWidths(names ?? [], columns, sample(source)),
    [source, names?.join("\u0000"), columns, source.pages.row(0) !== undefined],
  );
  const widths = natural.map((width, column) => changed.get(column) ?? width);
  useEffect(() => {
    source.start();
    return () => source.close();
  }, [source]);
  // What is in view is asked for again when more is known, or the file is another one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that
  useEffect(() => {
    const [first, last] = range.current;
    if (rows > 0) source.pages.want(Math.min(first, rows - 1), Math.min(last, rows - 1));
  }, [source, version, rows]);
  useViewerStatus(onStatus, "Table, read only", place);

  const copy = (area: Area, event: ClipboardEvent) => {
    const [first, last] = area.rows;
    const cells = (last - first + 1) * (area.columns[1] - area.columns[0] + 1);
    if (rows === 0 || cells === 0) return;
    event.preventDefault();
    if (cells > MAX_COPIED_CELLS) {
      toast(
        `${cells.toLocaleString("en")} cells are too many to copy; ${MAX_COPIED_CELLS.toLocaleString("en")} are possible.`,
        {
          danger: true,
        },
      );
      return;
    }
    const known = Array.from({ length: last - first + 1 }, (_, index) => source.pages.row(first + index));
    if (known.every((row) => row !== undefined)) {
      event.clipboardData.setData("text/plain", clipboardText(known, ...area.columns));
      return;
    }
    source.pages.rows(first, last).then(
      async (brought) => {
        await navigator.clipboard.writeText(clipboardText(brought, ...area.columns));
        toast(`${brought.length.toLocaleString("en")} rows are copied.`);
      },
      () => toast("The rows could not be read, and are not copied. Try again.", { danger: true }),
    );
  };
  if (problem !== null && !ready) {
    return <ViewerProblem projectId={projectId} path={path} problem={problem} onRetry={onRetry} />;
  }
  if (!ready) return <Skeleton lines={10} label="Opening the table" />;
  const words = problem instanceof Error ? problem.message : note;
  return (
    <div className="viewer">
      <ViewerBar projectId={projectId} path={path} label="Table" about={about}>
        <GoToRow rows={rows} onRow={(row) => grid.current?.goTo(row)} />
        {children}
      </ViewerBar>
      <p className="viewer-note" role="status">
        {words || (rows === 0 && columns === 0 ? "This file is empty." : "")}
      </p>
      <div className="viewer-body">
        <VirtualGrid
          ref={grid}
          label={`Table ${path}`}
          names={names}
          widths={widths}
          onWidth={(column, width) => setChanged(new Map(changed).set(column, width))}
          rows={rows}
          row={(number) => source.pages.row(number)}
          onRange={(first, last) => {
            range.current = [first, last];
            if (rows > 0) source.pages.want(Math.min(first, rows - 1), Math.min(last, rows - 1));
          }}
          onCurrent={({ row, column }, area) => {
            const chosen = (area.rows[1] - area.rows[0] + 1) * (area.columns[1] - area.columns[0] + 1);
            const where = `Row ${(row + 1).toLocaleString("en")}, ${names[column] ?? columnName(column)}`;
            setPlace(chosen > 1 ? `${where} (${chosen.toLocaleString("en")} cells)` : where);
          }}
          onCopy={copy}
          active={active}
        />
      </div>
    </div>
  );
}

function sample(source: TableSource): (readonly string[])[] {
  return Array.from({ length: 100 }, (_, row) => source.pages.row(row)).filter((row) => row !== undefined);
}

function GoToRow({ rows, onRow }: { rows: number; onRow(row: number): void }) {
  const id = useId();
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const row = Number(text.replace(/[\s,_]/g, ""));
    if (Number.isInteger(row) && row > 0) onRow(Math.min(row, rows) - 1);
  };
  return (
    <form className="viewer-field" onSubmit={submit}>
      <label htmlFor={id}>Go to row</label>
      <input
        id={id}
        className="input table-row-field"
        inputMode="numeric"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}
