import { Plus } from "lucide-react";
import { type DragEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useObservable } from "../../store/react";
import { emptyCell, insertCells } from "../../sync/notebook/acts";
import type { CellType } from "../../sync/notebook/schema";
import { Button } from "../../ui/Button";
import { printPage } from "../../ui/printing";
import { CellToolbar } from "./CellToolbar";
import { CellView } from "./CellView";
import { useNotebook } from "./context";
import { type Asked, Dialogs } from "./dialogs";
import { dropPlace, droppedCells, isDraggingCells } from "./drag";
import { FindBar } from "./FindBar";
import { KernelBars } from "./KernelBars";
import { NotebookKeyBar } from "./KeyBar";
import { NotebookPanel } from "./panel/NotebookPanel";
import { Toolbar } from "./Toolbar";
import { useNotebookCommands } from "./use-commands";

/** An open notebook. */
export function NotebookView({ active }: { active: boolean }) {
  const { session, handles, settings, writable } = useNotebook();
  const order = useObservable(session.notebook.order);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [asked, setAsked] = useState<Asked>(null);
  const [finding, setFinding] = useState(false);

  useLayoutEffect(() => (scroller.current ? handles.watch(scroller.current) : undefined), [handles]);
  useEffect(() => {
    if (active) session.select(session.selection.get().active, { mode: session.selection.get().mode, extend: true });
  }, [active, session]);

  const acts = useMemo(
    () => ({
      find: () => setFinding(true),
      scroll: (by: -1 | 1) => {
        const place = scroller.current;
        place?.scrollBy({ top: by * (place.clientHeight - 48) });
      },
      ask: (what: Exclude<Asked, null>) => setAsked(what),
      print: () => void printPage(),
    }),
    [],
  );
  return (
    <div className="notebook" style={{ "--editor-font-size": `${settings.fontSize}px` } as React.CSSProperties}>
      {active && <Commands acts={acts} />}
      <Toolbar />
      <KernelBars />
      {finding && <FindBar onClose={() => setFinding(false)} />}
      <div className="notebook-middle">
        <div className="notebook-scroller" ref={scroller}>
          <DropZone list={list}>
            {order.map((id, index) => (
              <CellView key={id} id={id} number={index + 1} />
            ))}
          </DropZone>
          {writable && <CellToolbar />}
          {writable && <AddCell />}
        </div>
        <NotebookPanel />
      </div>
      {writable && <NotebookKeyBar />}
      <Dialogs asked={asked} onClose={() => setAsked(null)} />
      <Focus />
      <Following />
    </div>
  );
}

/** Apart, since it comes with every step from cell to cell: nothing else need be drawn for that. */
function Focus() {
  const { session, handles } = useNotebook();
  const wish = useObservable(session.wish);
  useEffect(() => {
    if (wish) handles.get(wish.id)?.focus(wish.mode, wish.at);
  }, [wish, handles]);
  return null;
}

/** Keeps the cell of whoever is followed in view. */
function Following() {
  const { handles, people } = useNotebook();
  const following = useObservable(people.following);
  const cells = useObservable(people.cells);
  const followed =
    following === null ? undefined : [...cells].find(([, there]) => there.some((p) => p.accountId === following))?.[0];
  useEffect(() => {
    if (followed !== undefined) handles.get(followed)?.element.scrollIntoView({ block: "center" });
  }, [followed, handles]);
  return null;
}

function Commands({ acts }: { acts: Parameters<typeof useNotebookCommands>[1] }) {
  useNotebookCommands(useNotebook().session, acts);
  return null;
}

/** The cells, and the line that shows where dragged ones would go. */
function DropZone({ list, children }: { list: React.RefObject<HTMLDivElement | null>; children: React.ReactNode }) {
  const { session, writable } = useNotebook();
  const [top, setTop] = useState<number | null>(null);
  const over = (event: DragEvent) => {
    if (!writable || !isDraggingCells(event) || !list.current) return;
    event.preventDefault();
    setTop(dropPlace(list.current, event.clientY)?.top ?? null);
  };
  const drop = (event: DragEvent) => {
    setTop(null);
    if (!writable || !isDraggingCells(event) || !list.current) return;
    event.preventDefault();
    const place = dropPlace(list.current, event.clientY);
    if (place) session.moveTo(droppedCells(event), place.where);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for the mouse; keys have the commands "Move cells up" and "down"
    <div ref={list} className="notebook-cells" onDragOver={over} onDrop={drop} onDragLeave={() => setTop(null)}>
      {children}
      {top !== null && <div className="notebook-drop-line" style={{ top }} />}
    </div>
  );
}

function AddCell() {
  const { session } = useNotebook();
  const add = (type: CellType) => {
    const [id] = insertCells(session.doc, null, [emptyCell(type)]);
    if (id !== undefined) session.select(id, { mode: "edit" });
  };
  return (
    <div className="notebook-add">
      <Button look="plain" onPress={() => add("code")}>
        <Plus aria-hidden />
        Code
      </Button>
      <Button look="plain" onPress={() => add("markdown")}>
        <Plus aria-hidden />
        Text
      </Button>
    </div>
  );
}
