import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useId, useImperativeHandle, useState } from "react";
import { useVirtualRows } from "./virtual-rows";

export interface ListCell {
  className?: string;
  content: ReactNode;
  /** Names its row. */
  header?: boolean;
}

export interface ListHandle {
  goTo(row: number, place?: "nearest" | "start"): void;
  focus(): void;
}

export interface VirtualListProps {
  label: string;
  count: number;
  rowHeight: number;
  className: string;
  rowClassName: string;
  /** The names of the columns. */
  head?: readonly ListCell[];
  /** The cells of a row, from 0. */
  cells(row: number): readonly ListCell[];
  /** It takes the focus when it becomes so. */
  active: boolean;
  /** The rows that are in view. */
  onRange?(first: number, last: number): void;
  onCurrent?(row: number): void;
  onKeyDown?(event: KeyboardEvent, row: number): void;
  /** With Enter and a double click. */
  onAct?(row: number): void;
  /** With a click. */
  onPress?(row: number): void;
  /** Rows that are parts of a tree. */
  tree?(row: number): { level: number; expanded: boolean | undefined };
  ref?: Ref<ListHandle>;
}

/** A table of any number of rows of one height, of which those in view are drawn; keys move a current row. */
export function VirtualList(props: VirtualListProps) {
  const { label, count, rowHeight, className, rowClassName, head, cells, active, onRange, onCurrent } = props;
  const rows = useVirtualRows(count, rowHeight, head ? rowHeight : 0);
  const [chosen, setChosen] = useState(0);
  const id = useId();
  const current = Math.max(0, Math.min(count - 1, chosen));
  const { box, first, last, scrollTo } = rows;
  useEffect(() => {
    if (active) box.current?.focus({ preventScroll: true });
  }, [active, box]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when the rows are others
  useEffect(() => onRange?.(first, last), [first, last]);

  const choose = (row: number) => {
    setChosen(row);
    onCurrent?.(row);
  };
  const goTo = (row: number, place: "nearest" | "start" = "nearest") => {
    const next = Math.max(0, Math.min(count - 1, row));
    choose(next);
    scrollTo(next, place);
  };
  useImperativeHandle(props.ref, () => ({ goTo, focus: () => box.current?.focus({ preventScroll: true }) }));
  const onKeyDown = (event: KeyboardEvent) => {
    props.onKeyDown?.(event, current);
    if (event.defaultPrevented || count === 0) return;
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: rows.page,
      PageUp: -rows.page,
      Home: -count,
      End: count,
    };
    const step = steps[event.key];
    if (step !== undefined && !event.altKey) goTo(current + step);
    else if (event.key === "Enter" && props.onAct) props.onAct(current);
    else return;
    event.preventDefault();
  };
  const drawn: number[] = [];
  for (let row = first; row <= last; row++) drawn.push(row);
  const extra = head ? 1 : 0;
  return (
    <div
      ref={box}
      className={`virtual-box ${className}`}
      role={props.tree ? "treegrid" : "grid"}
      aria-label={label}
      aria-rowcount={count + extra}
      aria-readonly
      aria-activedescendant={current >= first && current <= last ? `${id}-${current}` : undefined}
      tabIndex={0}
      onScroll={rows.onScroll}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: rows.scrollHeight, minHeight: "100%" }}>
        <div role="presentation" className="virtual-layer" style={{ height: rows.viewHeight }}>
          {drawn.map((row) => (
            <div
              key={row}
              id={`${id}-${row}`}
              role="row"
              aria-rowindex={row + 1 + extra}
              aria-selected={row === current}
              aria-level={props.tree?.(row).level}
              aria-expanded={props.tree?.(row).expanded}
              className={`virtual-row ${rowClassName} ${row === current ? "current" : ""}`}
              style={{ height: rowHeight, transform: `translateY(${rows.topOf(row)}px)` }}
              onClick={() => {
                choose(row);
                props.onPress?.(row);
              }}
              onDoubleClick={() => {
                if (!props.onPress) props.onAct?.(row);
              }}
            >
              {cells(row).map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns stay where they are
                <span key={index} role={cell.header ? "rowheader" : "gridcell"} className={cell.className}>
                  {cell.content}
                </span>
              ))}
            </div>
          ))}
          {head && (
            <div
              role="row"
              aria-rowindex={1}
              className={`virtual-row ${rowClassName} head`}
              style={{ height: rowHeight }}
            >
              {head.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns stay where they are
                <span key={index} role="columnheader" className={cell.className}>
                  {cell.content}
                </span>
              ))}
            </div>
          )}
        </div>
      </div>
    </div>
  );
}
