import { type KeyboardEvent, memo, useMemo, useRef, useState } from "react";
import { resolveIn } from "../../../editors/notebook/attachments";
import { CellOutputs, Markdown } from "../../../editors/notebook/outputs";
import { useInView } from "../../../editors/notebook/outputs/in-view";
import { readOutput } from "../../../editors/notebook/outputs/plain";
import { difference } from "../../../sync/difference";
import type { PlainCell } from "../../../sync/notebook/schema";
import { Button } from "../../../ui/Button";
import { type CellAct, type CellItem, fieldTexts, type HistoryItem, type MetaItem, nameOfItem } from "./cell-rows";
import { MarkedText } from "./MarkedText";

export interface ItemViewProps {
  item: HistoryItem;
  isCurrent: boolean;
  mayRestore: boolean;
  language: string;
  projectId: string;
  path: string;
  otherName: string;
  onFocus(key: string): void;
  onAct(act: CellAct): void;
}

/** One cell of a version, or what of the notebook is no cell. */
export const ItemView = memo(
  function ItemView(props: ItemViewProps) {
    const { item, isCurrent, mayRestore, onFocus, onAct } = props;
    const element = useRef<HTMLElement>(null);
    const near = useInView(element);
    const isCell = item.kind === "cell";
    const look = isCell ? `${item.cell.cell_type} ${item.where}` : "meta both";
    return (
      // biome-ignore lint/a11y/useSemanticElements: a cell is a group of parts that has no element of its own
      <section
        ref={element}
        role="group"
        aria-label={nameOfItem(item)}
        aria-current={isCurrent ? "true" : undefined}
        data-item={item.key}
        tabIndex={isCurrent ? 0 : -1}
        className={`cell history-cell ${look} ${item.words.length > 0 ? "changed" : ""} ${isCurrent ? "active" : ""} ${near ? "near" : ""}`}
        onFocus={() => onFocus(item.key)}
        onMouseDown={() => onFocus(item.key)}
      >
        <div className="cell-gutter">
          {isCell && item.cell.cell_type === "code" && (
            <span className="cell-prompt">
              <span className="cell-count numbers">{`[${item.cell.execution_count ?? " "}]`}</span>
            </span>
          )}
        </div>
        <div className="cell-body">
          <div className="history-cell-head">
            {!isCell && <strong>Notebook settings</strong>}
            {item.words.map((words) => (
              <span key={words} className={`history-chip ${isCell ? item.where : ""}`}>
                {words}
              </span>
            ))}
            {mayRestore && near && item.acts.length > 0 && (
              <span className="history-cell-acts">
                {item.acts.map((act) => (
                  <Button
                    key={act.label}
                    look="plain"
                    {...(isCurrent ? {} : { excludeFromTabOrder: true })}
                    onPress={() => {
                      // The button may be gone afterwards.
                      if (element.current?.contains(document.activeElement))
                        element.current.focus({ preventScroll: true });
                      onAct(act);
                    }}
                  >
                    {act.label}
                  </Button>
                ))}
              </span>
            )}
          </div>
          {isCell ? <Cell {...props} item={item} near={near} /> : <Settings item={item} near={near} />}
        </div>
      </section>
    );
  },
  (before, now) =>
    before.isCurrent === now.isCurrent &&
    before.mayRestore === now.mayRestore &&
    before.language === now.language &&
    before.path === now.path &&
    before.otherName === now.otherName &&
    before.onFocus === now.onFocus &&
    before.onAct === now.onAct &&
    before.item === now.item,
);

type CellProps = Omit<ItemViewProps, "item"> & { item: CellItem; near: boolean };

function Cell({ item, near, language, projectId, path, otherName }: CellProps) {
  const { cell, other, where, edits, parts } = item;
  const type = cell.cell_type;
  const isMarkdown = type === "markdown";
  const whole = where === "both" ? null : where === "here" ? "added" : "removed";
  const from = useMemo(() => (other && edits.length > 0 ? { text: other.source, edits } : null), [other, edits]);
  const rendered = isMarkdown && where !== "there";
  const coloured = type === "code" ? language : type;
  return (
    <>
      {(!isMarkdown || where === "there" || from !== null) && (
        <div className={`cell-source ${type}`}>
          <MarkedText text={cell.source} from={from} whole={whole} language={coloured} near={near} />
        </div>
      )}
      {rendered && <Rendered cell={cell} near={near} projectId={projectId} path={path} />}
      {parts.includes("metadata") && other && <Details older={other} newer={cell} near={near} />}
      {type === "code" && where !== "there" && <Outputs cell={cell} near={near} projectId={projectId} path={path} />}
      {parts.includes("outputs") && other && (
        <OtherOutputs cell={other} near={near} projectId={projectId} path={path} name={otherName} />
      )}
    </>
  );
}

interface PlaceProps {
  cell: PlainCell;
  near: boolean;
  projectId: string;
  path: string;
}

function Rendered({ cell, near, projectId, path }: PlaceProps) {
  const resolve = useMemo(
    () => resolveIn(projectId, path, { attachments: cell.attachments ?? {} }),
    [projectId, path, cell],
  );
  if (cell.source.trim() === "") return <p className="cell-empty">An empty cell.</p>;
  return (
    <div className="cell-rendered">
      {near ? <Markdown source={cell.source} resolve={resolve} /> : <pre className="cell-static">{cell.source}</pre>}
    </div>
  );
}

function Outputs({ cell, near, projectId, path }: PlaceProps) {
  const outputs = useMemo(() => (cell.outputs ?? []).flatMap((output) => readOutput(output) ?? []), [cell]);
  if (outputs.length === 0) return null;
  return (
    <div className="cell-below">
      {near && (
        <CellOutputs outputs={outputs} projectId={projectId} path={path} cellId={`history ${String(cell.id)}`} />
      )}
    </div>
  );
}

function OtherOutputs({ name, ...place }: PlaceProps & { name: string }) {
  const [open, setOpen] = useState(false);
  const count = place.cell.outputs?.length ?? 0;
  if (count === 0) return <p className="history-other secondary">{`No output in ${name}.`}</p>;
  return (
    <div className="history-other">
      <Button look="plain" aria-expanded={open} onPress={() => setOpen(!open)}>
        {open ? `Hide the output in ${name}` : `Show the output in ${name}`}
      </Button>
      {open && <Outputs {...place} cell={{ ...place.cell, id: `other ${String(place.cell.id)}` }} />}
    </div>
  );
}

/** What is shown in a way of its own, or by nobody wanted. */
const ELSEWHERE = ["id", "source", "outputs", "execution_count", "attachments", "cell_type"];

function Details({ older, newer, near }: { older: PlainCell; newer: PlainCell; near: boolean }) {
  return <Json texts={fieldTexts(older, newer, ELSEWHERE)} near={near} />;
}

function Settings({ item, near }: { item: MetaItem; near: boolean }) {
  return <Json texts={item.texts} near={near} />;
}

function Json({ texts: { older, newer }, near }: { texts: { older: string; newer: string }; near: boolean }) {
  const from = useMemo(() => ({ text: older, edits: difference(older, newer) }), [older, newer]);
  return (
    <div className="cell-source history-json">
      <MarkedText text={newer} from={from} language="json" near={near} />
    </div>
  );
}

/** Up and down go from cell to cell. */
export function onCellKeys(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const from = event.target;
  if (step === undefined || !(from instanceof HTMLElement) || from.dataset.item === undefined) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-item]")];
  all[all.indexOf(from) + step]?.focus();
  event.preventDefault();
}
