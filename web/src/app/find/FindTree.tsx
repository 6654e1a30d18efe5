import { ChevronRight, Replace, ReplaceAll, TriangleAlert } from "lucide-react";
import { type KeyboardEvent, memo, useLayoutEffect, useMemo, useRef, useState } from "react";
import { baseName, parent } from "../../store/directories";
import { useObservable } from "../../store/react";
import { IconButton } from "../../ui/IconButton";
import { PHONE, useMedia } from "../../ui/use-media";
import { useProject } from "../project/context";
import { FileIcon } from "../project/FileIcon";
import { replaceIn, replaceOne, showMatch } from "./acts";
import { type FindRow, findRows, pieces, wholeFiles } from "./results";

const ROW_HEIGHT = 24;
const ROW_HEIGHT_PHONE = 44;
/** Rows drawn beyond what is seen, so that scrolling never shows a gap. */
const OVERSCAN = 10;

/** The results by file; of any number, only those in view are drawn, and the one with the focus. */
export function FindTree() {
  const { find, open, workspace, mayEdit } = useProject();
  const results = useObservable(find.results);
  const order = useObservable(find.order);
  const closed = useObservable(find.closed);
  const stale = useObservable(find.stale);
  const current = useObservable(find.current);
  const replaces = useObservable(find.form).replaces && mayEdit;
  const phone = useMedia(PHONE);
  const height = phone ? ROW_HEIGHT_PHONE : ROW_HEIGHT;
  const rows = useMemo(() => findRows(results, order, closed), [results, order, closed]);
  const indexes = useMemo(() => new Map(rows.map((row, index) => [row.key, index])), [rows]);
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const wantsFocus = useRef(false);
  const known = current === null ? undefined : indexes.get(current);
  // A match of a file that was closed leaves the place to the file.
  const currentIndex = known ?? (current === null ? 0 : (indexes.get(current.split("\0")[0] ?? "") ?? 0));

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // What F4 goes to is brought into view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the current one is another
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || known === undefined) return;
    const top = known * height;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height > element.scrollTop + element.clientHeight)
      element.scrollTop = top + height - element.clientHeight;
  }, [current]);

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    box.current?.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]')?.focus({ preventScroll: true });
  });

  const goTo = (index: number) => {
    const row = rows[index];
    if (!row) return;
    wantsFocus.current = true;
    find.current.set(row.key);
  };
  const step = (from: number, by: 1 | -1, times: number) => {
    let at = from;
    let last = from;
    for (let left = times; left > 0; left--) {
      do at += by;
      while (rows[at]?.kind === "context");
      if (!rows[at]) break;
      last = at;
    }
    return last;
  };
  const act = (row: FindRow | undefined) => {
    if (row?.kind === "file") find.toggle(row.file.path);
    if (row?.kind !== "match") return;
    if (phone) workspace.sideView.set("files");
    showMatch(row, open);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || rows.length === 0) return;
    const row = rows[currentIndex];
    const page = Math.max(1, Math.floor(view.height / height) - 1);
    const acts: Record<string, () => void> = {
      ArrowDown: () => goTo(step(currentIndex, 1, 1)),
      ArrowUp: () => (currentIndex === 0 ? focusField() : goTo(step(currentIndex, -1, 1))),
      PageDown: () => goTo(step(currentIndex, 1, page)),
      PageUp: () => goTo(step(currentIndex, -1, page)),
      Home: () => goTo(0),
      End: () => goTo(step(rows.length, -1, 1)),
      Enter: () => act(row),
      " ": () => act(row),
      Escape: focusField,
      ArrowRight: () => {
        if (row?.kind !== "file") return;
        if (row.open) goTo(step(currentIndex, 1, 1));
        else find.toggle(row.file.path);
      },
      ArrowLeft: () => {
        if (row?.kind === "file" && row.open) find.toggle(row.file.path);
        else if (row?.kind === "match") goTo(indexes.get(row.file.path) ?? 0);
      },
    };
    const does = acts[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  };

  const first = Math.max(0, Math.floor(view.top / height) - OVERSCAN);
  const last = Math.min(rows.length - 1, Math.ceil((view.top + view.height) / height) + OVERSCAN);
  const drawn: number[] = [];
  for (let index = first; index <= last; index++) drawn.push(index);
  if (rows.length > 0 && (currentIndex < first || currentIndex > last)) drawn.push(currentIndex);
  return (
    <div
      ref={box}
      className="find-tree"
      role="tree"
      aria-label="Results"
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: rows.length * height, position: "relative" }}>
        {drawn.map((index) => {
          const row = rows[index] as FindRow;
          return (
            <Row
              key={row.key}
              row={row}
              top={index * height}
              height={height}
              isCurrent={index === currentIndex}
              isStale={row.kind === "file" && stale.has(row.file.path)}
              replaces={replaces}
              onAct={() => act(row)}
              onFocus={() => find.current.set(row.key)}
            />
          );
        })}
      </div>
    </div>
  );
}

function focusField(): void {
  document.querySelector<HTMLElement>(".find-panel .find-field input")?.focus();
}

interface RowProps {
  row: FindRow;
  top: number;
  height: number;
  isCurrent: boolean;
  isStale: boolean;
  replaces: boolean;
  onAct(): void;
  onFocus(): void;
}

const Row = memo(
  function Row({ row, top, height, isCurrent, isStale, replaces, onAct, onFocus }: RowProps) {
    const style = { top, height };
    if (row.kind === "context") {
      return (
        <div role="presentation" className="find-row find-context" style={style}>
          <span className="find-line numbers">{row.line}</span>
          <code className="truncate">{row.text}</code>
        </div>
      );
    }
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around has the keys
      <div
        role="treeitem"
        aria-level={row.level}
        aria-posinset={row.position}
        aria-setsize={row.siblings}
        aria-expanded={row.kind === "file" ? row.open : undefined}
        aria-selected={isCurrent}
        aria-label={row.kind === "file" ? label(row, isStale) : undefined}
        tabIndex={isCurrent ? 0 : -1}
        className={`find-row find-${row.kind}`}
        style={style}
        onClick={(event) => {
          event.currentTarget.focus();
          onAct();
        }}
        onFocus={onFocus}
      >
        {row.kind === "file" ? (
          <FileCell row={row} isStale={isStale} replaces={replaces} />
        ) : (
          <MatchCell row={row} replaces={replaces} />
        )}
      </div>
    );
  },
  (a, b) =>
    a.row === b.row &&
    a.top === b.top &&
    a.height === b.height &&
    a.isCurrent === b.isCurrent &&
    a.isStale === b.isStale &&
    a.replaces === b.replaces,
);

/** What one sees of the row, in this order. */
function label({ file }: FindRow & { kind: "file" }, isStale: boolean): string {
  const words = [baseName(file.path), parent(file.path), file.count.toLocaleString("en")].filter(Boolean).join(" ");
  return isStale ? `${words}, changed since` : words;
}

function FileCell({
  row: { file, open },
  isStale,
  replaces,
}: {
  row: FindRow & { kind: "file" };
  isStale: boolean;
  replaces: boolean;
}) {
  const { find } = useProject();
  const folder = parent(file.path);
  return (
    <>
      <span className={`find-chevron ${open ? "open" : ""}`}>
        <ChevronRight aria-hidden />
      </span>
      <FileIcon entry={{ name: file.path, kind: "file" }} />
      <span className="find-name" title={file.path}>
        {baseName(file.path)} {folder && <span className="secondary">{folder}</span>}
      </span>
      {isStale && (
        <span className="find-changed" title="Changed since it was searched">
          <TriangleAlert aria-hidden />
        </span>
      )}
      {replaces && file.openable !== false && (
        <RowButton
          label={`Replace all in ${baseName(file.path)}`}
          onPress={() => void replaceIn(find, wholeFiles([file]))}
        >
          <ReplaceAll aria-hidden />
        </RowButton>
      )}
      <span className="find-count numbers">{file.count.toLocaleString("en")}</span>
    </>
  );
}

function MatchCell({ row, replaces }: { row: FindRow & { kind: "match" }; replaces: boolean }) {
  const { find } = useProject();
  const [before, match, after] = pieces(row);
  const { replacement } = row.span;
  const shows = replaces && replacement != null;
  return (
    <>
      <span className="find-line numbers">{row.line.line}</span>
      <code className="truncate">
        {before}
        {shows ? (
          <>
            <del>{match}</del>
            <ins>{replacement}</ins>
          </>
        ) : (
          <mark>{match}</mark>
        )}
        {after}
      </code>
      {shows && row.file.openable !== false && (
        <RowButton label="Replace this one" onPress={() => void replaceOne(find, row)}>
          <Replace aria-hidden />
        </RowButton>
      )}
    </>
  );
}

/** For the mouse and the finger; keys have a command. It must not open the row that it is in. */
function RowButton({ label, onPress, children }: { label: string; onPress(): void; children: React.ReactNode }) {
  return (
    <span className="find-act" aria-hidden onClick={(event) => event.stopPropagation()}>
      <IconButton label={label} excludeFromTabOrder onPress={onPress}>
        {children}
      </IconButton>
    </span>
  );
}
