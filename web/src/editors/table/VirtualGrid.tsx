import {
  type ClipboardEvent,
  type KeyboardEvent,
  type PointerEvent,
  type Ref,
  useEffect,
  useId,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { useVirtualRows } from "../../ui/virtual-rows";
import { columnName, columnsIn, isNumber, MAX_WIDTH, MIN_WIDTH, offsets } from "./columns";

const ROW_HEIGHT = 28;
/** One press of a key makes a column so much wider. */
const WIDTH_STEP = 24;

export interface Cell {
  row: number;
  column: number;
}

export interface Area {
  rows: [first: number, last: number];
  columns: [first: number, last: number];
}

export interface GridHandle {
  goTo(row: number): void;
}

export interface VirtualGridProps {
  label: string;
  names: readonly string[];
  widths: readonly number[];
  onWidth(column: number, width: number): void;
  rows: number;
  /** The cells of a row, when they have come. */
  row(number: number): readonly string[] | undefined;
  onRange(first: number, last: number): void;
  onCurrent(cell: Cell, area: Area): void;
  onCopy(area: Area, event: ClipboardEvent): void;
  active: boolean;
  ref?: Ref<GridHandle>;
}

/** A table of any number of rows and columns, of which what is in view is drawn. Keys move a current cell, with Shift an area. */
export function VirtualGrid(props: VirtualGridProps) {
  const { label, names, widths, rows: count, active, onRange } = props;
  const numberWidth = 32 + 8 * Math.max(2, String(count).length);
  const virtual = useVirtualRows(count, ROW_HEIGHT, ROW_HEIGHT);
  const { box, first, last } = virtual;
  const [left, setLeft] = useState(0);
  const [current, setCurrent] = useState<Cell>({ row: 0, column: 0 });
  const [anchor, setAnchor] = useState<Cell>({ row: 0, column: 0 });
  const id = useId();
  const starts = offsets(widths);
  const [firstColumn, lastColumn] = columnsIn(starts, left, left + virtual.viewWidth - numberWidth);
  const area = areaOf(anchor, current);
  useEffect(() => {
    if (active) box.current?.focus({ preventScroll: true });
  }, [active, box]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when the rows are others
  useEffect(() => onRange(first, Math.max(first, last)), [first, last, count]);

  const goTo = (cell: Cell, extend = false, place: "nearest" | "start" = "nearest") => {
    const next = {
      row: Math.max(0, Math.min(count - 1, cell.row)),
      column: Math.max(0, Math.min(widths.length - 1, cell.column)),
    };
    setCurrent(next);
    if (!extend) setAnchor(next);
    virtual.scrollTo(next.row, place);
    const element = box.current;
    if (element) {
      const from = starts[next.column] ?? 0;
      const to = starts[next.column + 1] ?? from;
      const room = element.clientWidth - numberWidth;
      if (from < element.scrollLeft) element.scrollLeft = from;
      else if (to > element.scrollLeft + room) element.scrollLeft = Math.min(from, to - room);
    }
    props.onCurrent(next, areaOf(extend ? anchor : next, next));
  };
  useImperativeHandle(props.ref, () => ({
    goTo: (row) => {
      goTo({ row, column: current.column }, false, "start");
      box.current?.focus({ preventScroll: true });
    },
  }));
  const onKeyDown = (event: KeyboardEvent) => {
    const { row, column } = current;
    const whole = event.ctrlKey || event.metaKey;
    if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      const step = event.key === "ArrowLeft" ? -WIDTH_STEP : WIDTH_STEP;
      props.onWidth(column, bounded((widths[column] ?? 0) + step));
    } else if (whole && event.key === "a") {
      setAnchor({ row: 0, column: 0 });
      setCurrent({ row: count - 1, column: widths.length - 1 });
      props.onCurrent(current, { rows: [0, count - 1], columns: [0, widths.length - 1] });
    } else {
      const moves: Record<string, Cell> = {
        ArrowDown: { row: whole ? count : row + 1, column },
        ArrowUp: { row: whole ? 0 : row - 1, column },
        ArrowRight: { row, column: whole ? widths.length : column + 1 },
        ArrowLeft: { row, column: whole ? 0 : column - 1 },
        PageDown: { row: row + virtual.page, column },
        PageUp: { row: row - virtual.page, column },
        Home: { row: whole ? 0 : row, column: 0 },
        End: { row: whole ? count : row, column: widths.length },
      };
      const move = moves[event.key];
      if (!move || event.altKey) return;
      goTo(move, event.shiftKey);
    }
    event.preventDefault();
  };
  const cellAt = (event: PointerEvent): Cell | null => {
    const element = event.target instanceof Element ? event.target.closest("[data-cell]") : null;
    const [row, column] = element?.getAttribute("data-cell")?.split(" ").map(Number) ?? [];
    return row === undefined || column === undefined ? null : { row, column };
  };
  const drawn: number[] = [];
  for (let row = first; row <= last; row++) drawn.push(row);
  const columns: number[] = [];
  for (let column = firstColumn; column <= lastColumn; column++) columns.push(column);
  const place = (column: number) => ({
    left: numberWidth + (starts[column] ?? 0),
    width: widths[column],
  });
  const inView = current.row >= first && current.row <= last && columns.includes(current.column);
  return (
    <div
      ref={box}
      className="virtual-box grid-box"
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={widths.length + 1}
      aria-readonly
      aria-multiselectable
      aria-activedescendant={inView ? `${id}-${current.row}-${current.column}` : undefined}
      tabIndex={0}
      onScroll={(event) => {
        setLeft(event.currentTarget.scrollLeft);
        virtual.onScroll();
      }}
      onKeyDown={onKeyDown}
      onCopy={(event) => props.onCopy(area, event)}
      onPointerDown={(event) => {
        const cell = cellAt(event);
        if (cell && event.button === 0) goTo(cell, event.shiftKey);
      }}
      onPointerMove={(event) => {
        const cell = event.buttons === 1 && event.pointerType === "mouse" ? cellAt(event) : null;
        if (cell && (cell.row !== current.row || cell.column !== current.column)) goTo(cell, true);
      }}
    >
      <div
        role="presentation"
        style={{ height: virtual.scrollHeight, minHeight: "100%", width: numberWidth + (starts.at(-1) ?? 0) }}
      >
        <div role="presentation" className="virtual-layer" style={{ height: virtual.viewHeight }}>
          {drawn.map((row) => {
            const cells = props.row(row);
            return (
              <div
                key={row}
                role="row"
                aria-rowindex={row + 2}
                className="virtual-row grid-row"
                style={{ height: ROW_HEIGHT, transform: `translateY(${virtual.topOf(row)}px)` }}
              >
                <span role="rowheader" aria-colindex={1} className="grid-number numbers" style={{ width: numberWidth }}>
                  {(row + 1).toLocaleString("en")}
                </span>
                {columns.map((column) => {
                  const text = cells ? (cells[column] ?? "") : "…";
                  return (
                    <span
                      key={column}
                      id={`${id}-${row}-${column}`}
                      role="gridcell"
                      aria-colindex={column + 2}
                      aria-selected={isIn(area, row, column)}
                      data-cell={`${row} ${column}`}
                      title={text.length > 20 ? text.slice(0, 1_000) : undefined}
                      className={`grid-cell ${isNumber(text) ? "number" : ""} ${isIn(area, row, column) ? "chosen" : ""} ${
                        row === current.row && column === current.column ? "current" : ""
                      }`}
                      style={place(column)}
                    >
                      {text}
                    </span>
                  );
                })}
              </div>
            );
          })}
          <div role="row" aria-rowindex={1} className="virtual-row grid-row head" style={{ height: ROW_HEIGHT }}>
            <span role="columnheader" aria-colindex={1} className="grid-number" style={{ width: numberWidth }}>
              <span className="visually-hidden">Row</span>
            </span>
            {columns.map((column) => (
              <span
                key={column}
                role="columnheader"
                aria-colindex={column + 2}
                className="grid-cell"
                style={place(column)}
              >
                <span className="truncate" title={names[column]}>
                  {names[column] ?? columnName(column)}
                </span>
                <Edge width={widths[column] ?? 0} onWidth={(width) => props.onWidth(column, width)} />
              </span>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

/** The edge of a column, which is drawn by the mouse; keys have Alt and the arrows. */
function Edge({ width, onWidth }: { width: number; onWidth(width: number): void }) {
  const begun = useRef<{ x: number; width: number } | null>(null);
  return (
    <span
      className="grid-edge"
      aria-hidden
      onPointerDown={(event) => {
        event.stopPropagation();
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        begun.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => {
        if (begun.current) onWidth(bounded(begun.current.width + event.clientX - begun.current.x));
      }}
      onPointerUp={() => {
        begun.current = null;
      }}
    />
  );
}

const bounded = (width: number) => Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, Math.round(width)));

function areaOf(one: Cell, other: Cell): Area {
  return {
    rows: [Math.min(one.row, other.row), Math.max(one.row, other.row)],
    columns: [Math.min(one.column, other.column), Math.max(one.column, other.column)],
  };
}

const isIn = ({ rows, columns }: Area, row: number, column: number) =>
  row >= rows[0] && row <= rows[1] && column >= columns[0] && column <= columns[1];
