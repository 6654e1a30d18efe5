import { ChevronRight, GripVertical } from "lucide-react";
import {
  type FocusEvent,
  type MouseEvent,
  memo,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { clearOutputs, setJupyterFlag } from "../../sync/notebook/acts";
import { usePrinted } from "../../ui/printing";
import { resolveIn } from "./attachments";
import { ToolbarPlace } from "./CellToolbar";
import { useFields, useNotebook, useSelection } from "./context";
import { dragCell } from "./drag";
import type { CellHandle } from "./handles";
import { InputBox } from "./InputBox";
import { RenderedMarkdown } from "./MarkdownCell";
import type { CellFields } from "./notebook";
import { CellOutputs } from "./outputs";
import { Prompt } from "./Prompt";
import { Source, type SourceHandle } from "./Source";
import type { FocusWish } from "./session";
import "./cell.css";

/** So many cells are drawn with the notebook itself; more than fill a large screen. */
const AT_ONCE = 24;
/** So many have their editors with the notebook itself: about what one sees of it first. */
const EDITORS_AT_ONCE = 8;
const TYPES = { code: "Code", markdown: "Markdown", raw: "Raw" };

export interface CellViewProps {
  id: string;
  /** Counted from 1. */
  number: number;
}

/** One cell. Drawn anew when its own fields change, or its part in the selection. */
export const CellView = memo(function CellView({ id, number }: CellViewProps) {
  const { session, handles, writable } = useNotebook();
  const fields = useFields(id);
  const active = useSelection(({ selection }) => selection.get().active === id);
  const selected = useSelection((all) => all.isSelected(id));
  const editing = useSelection(({ selection }) => selection.get().active === id && selection.get().mode === "edit");
  const [isNear, setNear] = useState(() => number <= EDITORS_AT_ONCE);
  const [isDrawn, setDrawn] = useState(() => number <= AT_ONCE || definesMacros(fields));
  const element = useRef<HTMLElement>(null);
  const printed = usePrinted(element);
  const near = isNear || printed === "whole";
  const drawn = isDrawn || active || printed !== "no";
  const source = useRef<SourceHandle>(null);
  /** Where the cursor is to go once there is a text. */
  const wish = useRef<FocusWish["at"] | null>(null);
  const { type, metadata } = fields;
  const flags = (metadata.jupyter ?? {}) as { source_hidden?: boolean; outputs_hidden?: boolean };
  const rendered = type === "markdown" && !editing;
  const label = `${TYPES[type]} cell ${number}${selected && !active ? ", selected" : ""}`;

  useLayoutEffect(() => {
    const place = element.current;
    if (!place) return;
    const handle: CellHandle = {
      element: place,
      near: (is) => {
        setNear(is);
        if (is) setDrawn(true);
      },
      draw: () => setDrawn(true),
      focus: (mode, at) => {
        if (mode === "edit" && source.current) {
          source.current.focus(at);
          return;
        }
        if (mode === "edit" && place.childElementCount === 0) wish.current = at;
        place.focus({ preventScroll: true });
        place.scrollIntoView({ block: "nearest" });
      },
    };
    return handles.add(id, handle, place.childElementCount === 0);
  }, [handles, id]);
  useLayoutEffect(() => {
    if (drawn && wish.current !== null) source.current?.focus(wish.current);
    wish.current = null;
  }, [drawn]);

  const onFocus = (event: FocusEvent) => {
    if (event.target === event.currentTarget) session.focused(id, "command");
    else if (event.target.closest(".cm-content")) session.focused(id, "edit");
  };
  const onMouseDown = (event: MouseEvent) => {
    if (!event.shiftKey || (event.target as Element).closest(".cm-editor, button, a, input")) return;
    event.preventDefault();
    session.select(id, { extend: true });
  };
  const showSource = () => {
    if (writable) session.setFlag([id], "source_hidden", false);
  };

  if (!drawn) {
    const style = { minHeight: likelyHeight(fields) };
    // biome-ignore lint/a11y/useSemanticElements: as below
    return <section ref={element} role="group" aria-label={label} data-cell={id} className="cell" style={style} />;
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a cell is a group of parts that has no element of its own
    <section
      ref={element}
      role="group"
      aria-label={label}
      aria-current={active ? "true" : undefined}
      data-cell={id}
      tabIndex={active ? 0 : -1}
      className={`cell ${type} ${active ? "active" : ""} ${selected ? "selected" : ""} ${editing ? "editing" : ""} ${near ? "near" : ""}`}
      onFocus={onFocus}
      onMouseDown={onMouseDown}
    >
      <div className="cell-gutter">
        {writable && (
          // biome-ignore lint/a11y/noStaticElementInteractions: for the mouse; keys have the commands "Move cells up" and "down"
          <span
            className="cell-handle"
            draggable
            title="Drag to move"
            onDragStart={(event) => dragCell(event, session, id)}
          >
            <GripVertical aria-hidden />
          </span>
        )}
        {type === "code" && (
          <Prompt
            fields={fields}
            onRun={() => {
              session.select(id, { focus: false });
              session.run("stay");
            }}
          />
        )}
      </div>
      <div className="cell-body">
        {active && writable && <ToolbarPlace />}
        <PeopleHere id={id} />
        {flags.source_hidden ? (
          <button type="button" className="cell-hidden" onClick={showSource} tabIndex={active ? 0 : -1}>
            <ChevronRight aria-hidden /> {firstLine(fields)}
          </button>
        ) : (
          <>
            <div hidden={rendered}>
              <Source key={type} ref={source} fields={fields} label={`${label}, text`} near={near && !rendered} />
            </div>
            {rendered && (
              // biome-ignore lint/a11y/noStaticElementInteractions: for the mouse; keys have Enter
              <div className="cell-rendered" onDoubleClick={() => session.edit("stay", id)}>
                <RenderedMarkdown fields={fields} />
              </div>
            )}
          </>
        )}
        {type === "code" && (
          <Outputs fields={fields} hidden={flags.outputs_hidden === true} near={near || printed !== "no"} />
        )}
        {type === "code" && <InputBox id={id} />}
      </div>
    </section>
  );
});

/** What is defined in one cell counts in those after it, so it must be drawn before them. */
function definesMacros({ type, source }: CellFields): boolean {
  return type === "markdown" && /\\(newcommand|renewcommand|g?def|let|DeclareMathOperator)\b/.test(source.toString());
}

/** In pixels, for a cell that is not drawn yet: the scroll bar is nearly right, and no text need be read. */
function likelyHeight({ source, outputs }: CellFields): number {
  return Math.min(400, 40 + source.length / 2) + Math.min(400, 100 * (outputs?.length ?? 0));
}

/** Hidden sources say what they begin with. */
function firstLine({ source }: CellFields): string {
  const line = source.toString().trimStart().split("\n", 1)[0] ?? "";
  return line === "" ? "Hidden source" : line.slice(0, 120);
}

function Outputs({ fields, hidden, near }: { fields: CellFields; hidden: boolean; near: boolean }) {
  const { session, kernel, projectId, path, writable } = useNotebook();
  const { id, outputs, metadata } = fields;
  const [shown, setShown] = useState(near);
  const resolve = useMemo(() => resolveIn(projectId, path, fields), [projectId, path, fields]);
  if (near && !shown) setShown(true);
  if (!outputs) return null;
  return (
    <div className={`cell-below ${metadata.scrolled === true ? "scrolled" : ""}`}>
      {shown && (
        <CellOutputs
          outputs={outputs}
          projectId={projectId}
          path={path}
          cellId={id}
          kernel={kernel}
          resolve={resolve}
          collapsed={hidden || metadata.collapsed === true}
          {...(writable
            ? {
                onCollapse: (collapsed: boolean) => setJupyterFlag(session.doc, [id], "outputs_hidden", collapsed),
                onClear: () => clearOutputs(session.doc, [id]),
              }
            : {})}
        />
      )}
    </div>
  );
}

/** Names of others who are in the cell. */
function PeopleHere({ id }: { id: string }) {
  const { people } = useNotebook();
  const here = useSyncExternalStore(people.cells.subscribe, () => people.in(id));
  if (here.length === 0) return null;
  return (
    <ul className="cell-people" aria-label="In this cell">
      {here.map(({ accountId, name, colour }) => (
        <li
          key={accountId}
          style={{ background: `var(--person-${colour})`, color: `var(--on-person-${colour})` }}
          className="cell-person truncate"
        >
          {name}
        </li>
      ))}
    </ul>
  );
}
