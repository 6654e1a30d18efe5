import { useEffect, useState } from "react";
import type { SaveState } from "../types";

/** No skeleton before this: most documents are there sooner. */
const SKELETON_AFTER_MS = 300;
const SKELETON_WIDTHS = [38, 62, 54, 22, 70, 48, 31, 58];

/** What of a document's state is drawn. */
export interface Shown {
  save: SaveState;
  generation: number;
  ready: boolean;
}

/** What this component draws depends on little of the state; typing must not draw it anew. */
export function sameShown(old: Shown | null, save: SaveState, generation: number, ready: boolean): boolean {
  return (
    old !== null &&
    old.generation === generation &&
    old.ready === ready &&
    special(old.save) === special(save) &&
    old.save.error?.message === save.error?.message
  );
}

const special = (save: SaveState) =>
  ["failed", "read_only", "not_saved"].includes(save.kind)
    ? `${save.kind} ${save.disk ?? ""} ${save.waiting > 0}`
    : `${save.unkept ?? ""}`;

/** The shape of what comes; with words when something stands in the way. */
export function Skeleton({ message }: { message?: string | undefined } = {}) {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setVisible(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="text-editor-skeleton" role="status" aria-label={message ?? "Opening the file"}>
      {visible && message && <p>{message}</p>}
      {visible && SKELETON_WIDTHS.map((width) => <div key={width} style={{ width: `${width}%` }} />)}
    </div>
  );
}
