import { type DragEvent, useEffect, useState } from "react";
import { type Groups, groupOf, shown, split } from "../../store/groups";
import type { Placed, Side } from "../../ui/split/split";
import { draggedPaths } from "../files/drag";
import { useProject } from "./context";
import { draggedTab, isFileDrag } from "./drag";
import { panelStyle } from "./group-boxes";

/** This near to an edge, as a part of the whole, a file gets a split of its own. */
const EDGE = 0.25;

type Target = { group: string; side: Side | null };

/** While a tab or a file of the list is dragged: onto the middle of a group it is shown there, onto an edge beside it. */
export function DropZones({ state, places }: { state: Groups; places: Placed }) {
  const { workspace, files, open } = useProject();
  const [dragging, setDragging] = useState(false);
  const [target, setTarget] = useState<Target | null>(null);
  useEffect(() => {
    // After the dragged row has its picture taken: what covers the place below it would end the drag at once.
    const begin = (event: globalThis.DragEvent) =>
      isFileDrag(event.dataTransfer) && setTimeout(() => setDragging(true), 0);
    const end = () => {
      setDragging(false);
      setTarget(null);
    };
    window.addEventListener("dragstart", begin);
    window.addEventListener("dragend", end);
    window.addEventListener("drop", end);
    return () => {
      window.removeEventListener("dragstart", begin);
      window.removeEventListener("dragend", end);
      window.removeEventListener("drop", end);
    };
  }, []);
  if (!dragging) return null;
  const drop = (event: DragEvent, { group, side }: Target) => {
    event.preventDefault();
    const tab = draggedTab(event.dataTransfer);
    if (tab) {
      if (side === null) workspace.moveTab(tab.path, tab.group, group, null);
      else workspace.moveToSide(tab.path, tab.group, group, side);
      if (workspace.active !== null) open(workspace.active);
      return;
    }
    const [path] = draggedPaths(event.dataTransfer).filter((dragged) => !files.isFolder(dragged));
    if (path === undefined) return;
    workspace.groups.update((now) => {
      const beside = side === null ? null : split(now, group, side, path);
      return beside ?? shown({ ...now, current: groupOf(now, group) ? group : now.current }, path);
    });
    open(path);
  };
  return (
    <>
      {[...places.panes].map(([group, box]) => {
        const here = target?.group === group ? target : null;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: for the mouse; keys have the commands of splits
          <div
            key={group}
            className="drop-zone"
            style={panelStyle(box)}
            onDragOver={(event) => {
              event.preventDefault();
              const side = sideAt(event);
              if (here === null || here.side !== side) setTarget({ group, side });
            }}
            onDragLeave={() => setTarget(null)}
            onDrop={(event) => drop(event, { group, side: sideAt(event) })}
          >
            {here && <div className={`drop-mark ${here.side ?? "middle"}`} />}
          </div>
        );
      })}
    </>
  );

  /** The edge that is near, unless there is no room for one more. */
  function sideAt(event: DragEvent): Side | null {
    const box = event.currentTarget.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const y = (event.clientY - box.top) / box.height;
    const [side, distance] = nearest({ left: x, right: 1 - x, up: y, down: 1 - y });
    return distance < EDGE && split(state, state.current, side, "x") !== null ? side : null;
  }
}

function nearest(distances: Record<Side, number>): [Side, number] {
  return (Object.entries(distances) as [Side, number][]).reduce((best, one) => (one[1] < best[1] ? one : best));
}
