import { X } from "lucide-react";
import { IconButton } from "../../ui/IconButton";

/** The head of a panel at the right: what it is, and how to close it. */
export function PanelHead({ title, close, onClose }: { title: string; close: string; onClose(): void }) {
  return (
    <div className="panel-head">
      <h2 className="panel-title">{title}</h2>
      <IconButton label={close} onPress={onClose}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
