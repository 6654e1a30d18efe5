import { type KeyboardEvent, memo, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type FileRow, findByTyping, moveByKey } from "../store/file-rows";

/** Rows drawn beyond what is seen, so that scrolling never shows a gap. */
const OVERSCAN = 8;
/** Letters typed within this time belong together. */
const TYPING_MS = 700;

/** How a row is chosen: alone, in or out beside the others, or all up to it; `act` is a plain click of a tree. */
export type Choosing = "only" | "toggle" | "range" | "all";

export interface VirtualTreeProps {
  label: string;
  /** A grid has columns and no levels: its rows draw their own cells, and a click chooses instead of opening. */
  role?: "treegrid" | "grid";
  rows: readonly FileRow[];
  rowHeight: number;
  /** The row that is open elsewhere: it is marked, and it is where the focus comes first. */
  shown: string | null;
  /** The row that something is dragged over. */
  target?: string | null;
  onAct(row: FileRow): void;
  onToggle(path: string): void;
  selected: ReadonlySet<string>;
  /** The row of the path was chosen by mouse or key. */
  onChoose(path: string, how: Choosing): void;
  /** A sign was typed; without this it looks for the next row that begins so. */
  onType?(typed: string): void;
  /** The row of column heads of a grid, as high as the others. */
  head?: ReactNode;
  /** A click on a row of a grid opens it, as on a touch screen; while some are chosen it chooses. */
  clickOpens?: boolean;
  /** Draws a row's content; pass the same function each time. */
  children(row: FileRow): ReactNode;
  empty: ReactNode;
}

/**
 * A tree grid after the WAI-ARIA pattern that draws only the rows in view, however many there are. The row with the
 * focus is always drawn, wherever one scrolls. `docs/design/page.md` says why the kit's own tree is not used here.
 */
export function VirtualTree({
  label,
  role = "treegrid",
  rows,
  rowHeight,
  shown,
  target = null,
  onAct,
  onToggle,
  selected,
  onChoose,
  onType,
  head,
  clickOpens,
  children,
  empty,
}: VirtualTreeProps) {
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
    const below = top + rowHeight + (head ? rowHeight : 0);
    if (top < element.scrollTop) element.scrollTop = top;
    else if (below > element.scrollTop + element.clientHeight) element.scrollTop = below - element.clientHeight;
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
    if (event.defaultPrevented || event.altKey || rows.length === 0) return;
    if (event.target instanceof Element && !event.target.matches('[role="row"], [role$="grid"]')) return;
    const held = event.ctrlKey || event.metaKey;
    if (held && event.key !== "a" && event.key !== " " && !event.key.startsWith("Arrow")) return;
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const row = rows[currentIndex];
    const move = moveByKey(rows, currentIndex, event.key, page);
    if (held && event.key === "a") onChoose("", "all");
    else if (event.key === " " && row) onChoose(row.path, event.shiftKey ? "range" : "toggle");
    else if (move && "to" in move) {
      goTo(move.to);
      const next = rows[move.to];
      if (next && event.shiftKey) {
        if (selected.size === 0 && row) onChoose(row.path, "only");
        onChoose(next.path, "range");
      } else if (next && !held && role === "grid") onChoose(next.path, "only");
    } else if (move) onToggle(move.toggle);
    else if (event.key === "Enter" && row) onAct(row);
    else if (event.key.length === 1 && onType) onType(event.key);
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
  const count = rows.length + (head ? 1 : 0);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it is a grid or a tree grid, as `role` says
    <div
      ref={box}
      className="tree"
      {...{ role, "aria-label": label, "aria-multiselectable": true, "aria-rowcount": count }}
      tabIndex={rows.length === 0 ? 0 : -1}
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const row = rowAt(event.target);
        if (!row) return;
        const toggles = event.ctrlKey || event.metaKey || (event.target as Element).closest("[data-toggle]") !== null;
        if (row.entry && event.shiftKey) onChoose(row.path, "range");
        else if (row.entry && (toggles || (clickOpens && selected.size > 0))) onChoose(row.path, "toggle");
        else if (clickOpens) onAct(row);
        else {
          if (row.entry) onChoose(row.path, "only");
          if (role === "treegrid") onAct(row);
        }
      }}
      onDoubleClick={(event) => {
        const row = role === "grid" && !(event.target as Element).closest("[data-toggle]") && rowAt(event.target);
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
      {head}
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
              isTarget={row.path === target}
              isSelected={selected.has(row.path)}
              role={role}
              headRows={head ? 1 : 0}
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
  isTarget: boolean;
  isSelected: boolean;
  role: "treegrid" | "grid";
  headRows: number;
  draw(row: FileRow): ReactNode;
}

/** One row; drawn anew only when it changes, so that scrolling costs what comes into view. */
const Row = memo(function Row(props: RowProps) {
  const { row, index, height, isCurrent, isShown, isTarget, isSelected, role, headRows, draw } = props;
  const level = role === "treegrid" && {
    "aria-level": row.level,
    "aria-posinset": row.position,
    "aria-setsize": row.siblings,
    "aria-expanded": row.expanded,
  };
  return (
    <div
      role="row"
      data-key={row.path}
      data-folder={row.entry?.kind === "directory" || undefined}
      aria-label={row.text}
      {...level}
      aria-rowindex={index + 1 + headRows}
      aria-selected={row.entry ? isSelected : undefined}
      tabIndex={isCurrent ? 0 : -1}
      className={`tree-row ${isShown ? "shown" : ""} ${isTarget ? "target" : ""} ${isSelected ? "chosen" : ""} ${row.text.startsWith(".") ? "hidden-file" : ""}`}
      style={{ position: "absolute", top: index * height, left: 0, right: 0, height }}
      draggable={row.entry !== undefined}
    >
      {role === "grid" ? (
        draw(row)
      ) : (
        <div role="gridcell" className="tree-cell" style={{ paddingLeft: 8 + (row.level - 1) * 12 }}>
          {draw(row)}
        </div>
      )}
    </div>
  );
});
