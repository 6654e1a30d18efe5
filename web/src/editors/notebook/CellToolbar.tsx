import { ArrowDown, ArrowUp, Copy, ListPlus, Trash2 } from "lucide-react";
import { memo } from "react";
import { createPortal } from "react-dom";
import type { CellType } from "../../sync/notebook/schema";
import { CommandButton } from "./CommandButton";
import { useNotebook, useSelection } from "./context";

/**
 * What is done most to the cell that one is in, beside it. There is one, and it moves from cell to cell (`ToolbarPlace`):
 * to make its buttons anew takes longer than all else of a selection that moves on.
 */
export function CellToolbar() {
  const { handles } = useNotebook();
  const type = useSelection(({ notebook, selection }) => notebook.type(selection.get().active));
  return createPortal(<Toolbar type={type} />, handles.toolbar);
}

/** Where the toolbar is, in the active cell. */
export function ToolbarPlace() {
  const { handles } = useNotebook();
  return <div ref={handles.placeToolbar} className="cell-toolbar-place" />;
}

const Toolbar = memo(function Toolbar({ type }: { type: CellType }) {
  return (
    <div className="cell-toolbar" role="toolbar" aria-label={`Acts on this ${type} cell`}>
      <CommandButton id="notebook.move-up" icon={ArrowUp} label="Move up" />
      <CommandButton id="notebook.move-down" icon={ArrowDown} label="Move down" />
      <CommandButton id="notebook.duplicate" icon={Copy} label="Duplicate" />
      <CommandButton id="notebook.insert-below" icon={ListPlus} label="Insert below" />
      <CommandButton id="notebook.delete" icon={Trash2} label="Delete" />
    </div>
  );
});
