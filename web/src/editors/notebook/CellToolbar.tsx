import { ArrowDown, ArrowUp, Copy, ListPlus, Trash2 } from "lucide-react";
import { CommandButton } from "./CommandButton";
import { useNotebook } from "./context";
import type { CellFields } from "./notebook";

/** What is done most to the cell that one is in, beside it. */
export function CellToolbar({ fields }: { fields: CellFields }) {
  const { writable } = useNotebook();
  if (!writable) return null;
  return (
    <div className="cell-toolbar" role="toolbar" aria-label={`Acts on this ${fields.type} cell`}>
      <CommandButton id="notebook.move-up" icon={ArrowUp} label="Move up" />
      <CommandButton id="notebook.move-down" icon={ArrowDown} label="Move down" />
      <CommandButton id="notebook.duplicate" icon={Copy} label="Duplicate" />
      <CommandButton id="notebook.insert-below" icon={ListPlus} label="Insert below" />
      <CommandButton id="notebook.delete" icon={Trash2} label="Delete" />
    </div>
  );
}
