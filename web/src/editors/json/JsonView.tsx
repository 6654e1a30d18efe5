import { ChevronDown, ChevronRight, ChevronUp } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { IconButton } from "../../ui/IconButton";
import { type ListHandle, VirtualList } from "../../ui/VirtualList";
import { find, keyOf, type Path, rowsOf, type TreeRow } from "./tree";
import "./json.css";

const ROW_HEIGHT = 22;

interface JsonViewProps {
  path: string;
  value: unknown;
  active: boolean;
}

/** A value of JSON as a tree of any size. */
export function JsonView({ path, value, active }: JsonViewProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set([keyOf([])]));
  const rows = useMemo(() => rowsOf(value, open), [value, open]);
  const list = useRef<ListHandle>(null);
  const [current, setCurrent] = useState(0);
  /** A place to go to, once its row is there. */
  const [target, setTarget] = useState<Path | null>(null);
  useEffect(() => {
    if (target === null) return;
    const key = keyOf(target);
    const row = rows.findIndex((one) => keyOf(one.path) === key);
    if (row >= 0) list.current?.goTo(row);
    setTarget(null);
  }, [rows, target]);
  const toggle = (row: number, to?: boolean) => {
    const one = rows[row];
    if (one?.open === undefined || one.open === to) return false;
    const key = keyOf(one.path);
    setOpen((keys) => (keys.has(key) ? new Set([...keys].filter((other) => other !== key)) : new Set([...keys, key])));
    return true;
  };
  const onKeyDown = (event: KeyboardEvent, row: number) => {
    if (event.key === "ArrowRight") {
      if (!toggle(row, true)) return;
    } else if (event.key === "ArrowLeft") {
      const path = rows[row]?.path ?? [];
      if (!toggle(row, false) && path.length > 0) setTarget(path.slice(0, -1));
    } else return;
    event.preventDefault();
  };
  const show = (path: Path) => {
    setOpen((keys) => new Set([...keys, ...path.map((_, length) => keyOf(path.slice(0, length)))]));
    setTarget(path);
  };
  return (
    <div className="json-view">
      <div className="json-bar">
        <Find value={value} onShow={show} />
        <span className="secondary truncate">{pathText(rows[current]?.path ?? [])}</span>
      </div>
      <div className="viewer-body">
        <VirtualList
          ref={list}
          label={`Tree of ${path}`}
          count={rows.length}
          rowHeight={ROW_HEIGHT}
          className="json-list"
          rowClassName="json-row"
          cells={(row) => cellsOf(rows[row] as TreeRow)}
          tree={(row) => ({ level: rows[row]?.level ?? 1, expanded: rows[row]?.open })}
          active={active}
          onCurrent={setCurrent}
          onKeyDown={onKeyDown}
          onAct={(row) => toggle(row)}
          onPress={(row) => toggle(row)}
        />
      </div>
    </div>
  );
}

function cellsOf(row: TreeRow) {
  const Chevron = row.open ? ChevronDown : ChevronRight;
  const content = (
    <span className="json-cell" style={{ paddingLeft: 16 * (row.level - 1) }}>
      <span className="json-chevron">{row.open !== undefined && <Chevron aria-hidden />}</span>
      {row.name !== "" && <span className="json-name">{row.name}:</span>}
      <span className={`json-${row.kind}`}>{row.text}</span>
    </span>
  );
  return [{ content }];
}

function Find({ value, onShow }: { value: unknown; onShow(path: Path): void }) {
  const id = useId();
  const [text, setText] = useState("");
  const found = useMemo(() => find(value, text), [value, text]);
  const [at, setAt] = useState(-1);
  const go = (step: number) => {
    if (found.length === 0) return;
    const next = (at + step + found.length) % found.length;
    setAt(next);
    onShow(found[next] ?? []);
  };
  return (
    <span className="viewer-field">
      <label htmlFor={id}>Find</label>
      <input
        id={id}
        className="input"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(-1);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
        }}
      />
      <IconButton label="Previous place" isDisabled={found.length === 0} onPress={() => go(-1)}>
        <ChevronUp aria-hidden />
      </IconButton>
      <IconButton label="Next place" isDisabled={found.length === 0} onPress={() => go(1)}>
        <ChevronDown aria-hidden />
      </IconButton>
      <span className="secondary numbers" role="status" aria-label="Found">
        {text !== "" && (found.length === 0 ? "Not found" : `${at + 1} of ${found.length.toLocaleString("en")}`)}
      </span>
    </span>
  );
}

/** As programs write it: `results[3].name`. */
function pathText(path: Path): string {
  return path
    .map((key) =>
      typeof key === "number" ? `[${key}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
    )
    .join("")
    .replace(/^\./, "");
}
