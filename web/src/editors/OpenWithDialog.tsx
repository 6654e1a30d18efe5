import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { openWith } from "./open-with";
import { kindsFor } from "./registry";
import type { EditorKind } from "./types";

interface OpenWithDialogProps {
  path: string;
  /** What opens it now. */
  kind: EditorKind;
  isOpen: boolean;
  onClose(): void;
}

/** Chooses the editor of a file, and of all of its kind from then on. */
export function OpenWithDialog({ path, kind, isOpen, onClose }: OpenWithDialogProps) {
  return (
    <Dialog title="Open with" isOpen={isOpen} onClose={onClose}>
      <p className="secondary">For this file, and from now on for files of its kind, for you alone.</p>
      <div className="open-with">
        {kindsFor(path).map((one, index) => (
          <Button
            key={one.id}
            look={one.id === kind.id ? "primary" : "normal"}
            aria-current={one.id === kind.id}
            onPress={() => {
              openWith(path, one.id);
              onClose();
            }}
          >
            {index === 0 ? `${one.label} (usual)` : one.label}
          </Button>
        ))}
      </div>
    </Dialog>
  );
}
