import { type KeyboardEvent, memo, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type FileRow, findByTyping, moveByKey } from "../store/file-rows";

/** Rows drawn beyond what is seen, so that scrolling never shows a gap. */
const OVERSCAN = 8;
/** Letters typed within this time belong together. */
const TYPING_MS = 700;

export interface VirtualTreeProps {
  label: string;
  rows: readonly FileRow[];
  rowHeight: number;
  /** The row that is open elsewhere: it is marked, and it is where the focus comes first. */
  shown: string | null;
  onAct(row: FileRow): void;
  onToggle(path: string): void;
  /** Draws a row's content; pass the same function each time. */
  children(row: FileRow): ReactNode;
  empty: ReactNode;
}

/**
 * A tree grid after the WAI-ARIA pattern that draws only the rows in view, however many there are. The row with the
 * focus is always drawn, wherever one scrolls. `docs/design/page.md` says why the kit's own tree is not used here.
 */
export function VirtualTree({ label, rows, rowHeight, shown, onAct, onToggle, children, empty }: VirtualTreeProps) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [current, setCurrent] = useState<string | null>(shown);
  const typed = useRef({ text: "", at: 0 });
  const hadFocus = useRef(false);
  const wantsFocus = useRef(false);
  const lastIndex = useRef(0);

  const indexes = useMemo(() => new Map(rows.map((row, index) => [row.path, index])), [rows]);
  // A row that is gone leaves the focus to the one in its place.
  const found = current === null ? undefined : indexes.get(current);
  const currentIndex = found ?? Math.min(lastIndex.current, rows.length - 1);
  useEffect(() => {
    lastIndex.current = Math.max(0, currentIndex);
  });

  const scrollTo = (index: number) => {
    const element = box.current;
    if (!element || index < 0) return;
    const top = index * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + rowHeight - element.clientHeight;
    }
  };
  const rowAt = (target: EventTarget): FileRow | undefined => {
    const key = target instanceof Element ? target.closest('[role="row"]')?.getAttribute("data-key") : null;
    return rows[indexes.get(key ?? "") ?? -1];
  };
  const goTo = (index: number) => {
    const row = rows[index];
    if (!row) return;
    wantsFocus.current = true;
    setCurrent(row.path);
    scrollTo(index);
  };

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // The open file shows in the list, once its row is there.
  const revealed = useRef<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each file that is opened
  useEffect(() => {
    if (shown === null || revealed.current === shown) return;
    const index = indexes.get(shown);
    if (index === undefined) return;
    revealed.current = shown;
    if (!hadFocus.current) setCurrent(shown);
    scrollTo(index);
  }, [shown, indexes]);

  useLayoutEffect(() => {
    const lost =
      hadFocus.current && !box.current?.contains(document.activeElement) && document.activeElement === document.body;
    if (!wantsFocus.current && !lost) return;
    wantsFocus.current = false;
    box.current?.querySelector<HTMLElement>('[role="row"][tabindex="0"]')?.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || rows.length === 0) return;
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const row = rows[currentIndex];
    const move = moveByKey(rows, currentIndex, event.key, page);
    if (move && "to" in move) goTo(move.to);
    else if (move) onToggle(move.toggle);
    else if ((event.key === "Enter" || event.key === " ") && row) onAct(row);
    else if (event.key.length === 1) {
      const now = Date.now();
      const text = (now - typed.current.at < TYPING_MS ? typed.current.text : "") + event.key;
      typed.current = { text, at: now };
      const index = findByTyping(rows, currentIndex, text);
      if (index >= 0) goTo(index);
    } else return;
    event.preventDefault();
  };

  const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN);
  const last = Math.min(rows.length - 1, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN);
  const drawn: number[] = [];
  for (let index = first; index <= last; index++) drawn.push(index);
  if (currentIndex >= 0 && (currentIndex < first || currentIndex > last)) drawn.push(currentIndex);
  return (
    <div
      ref={box}
      className="tree"
      role="treegrid"
      aria-label={label}
      aria-rowcount={rows.length}
      tabIndex={rows.length === 0 ? 0 : -1}
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const row = rowAt(event.target);
        if (row) onAct(row);
      }}
      onFocus={(event) => {
        hadFocus.current = true;
        const row = rowAt(event.target);
        if (row) setCurrent(row.path);
      }}
      onBlur={(event) => {
        // A row that is taken away fires this too, without a next target: then the focus is given to another row.
        if (event.relatedTarget || document.hasFocus())
          hadFocus.current = event.currentTarget.contains(event.relatedTarget);
      }}
    >
      <div role="presentation" style={{ height: rows.length * rowHeight, position: "relative" }}>
        {drawn.map((index) => {
          const row = rows[index] as FileRow;
          return (
            <Row
              key={row.path}
              row={row}
              index={index}
              height={rowHeight}
              isCurrent={index === currentIndex}
              isShown={row.path === shown}
              draw={children}
            />
          );
        })}
      </div>
      {rows.length === 0 && (
        <div role="row">
          <div role="gridcell">{empty}</div>
        </div>
      )}
    </div>
  );
}

interface RowProps {
  row: FileRow;
  index: number;
  height: number;
  isCurrent: boolean;
  isShown: boolean;
  draw(row: FileRow): ReactNode;
}

/** One row; drawn anew only when it changes, so that scrolling costs what comes into view. */
const Row = memo(function Row({ row, index, height, isCurrent, isShown, draw }: RowProps) {
  return (
    <div
      role="row"
      data-key={row.path}
      aria-label={row.text}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-rowindex={index + 1}
      aria-expanded={row.expanded}
      tabIndex={isCurrent ? 0 : -1}
      className={`tree-row ${isShown ? "shown" : ""} ${row.text.startsWith(".") ? "hidden-file" : ""}`}
      style={{ position: "absolute", top: index * height, left: 0, right: 0, height }}
      draggable={row.entry !== undefined}
    >
      <div role="gridcell" className="tree-cell" style={{ paddingLeft: 8 + (row.level - 1) * 12 }}>
        {draw(row)}
      </div>
    </div>
  );
});
