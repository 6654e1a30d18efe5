import { useState } from "react";
import { baseName, isWithin, parent } from "../../store/directories";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useProject } from "../project/context";
import { count } from "../words";
import { FolderField } from "./FolderField";
import type { WhereTo } from "./file-manager";

/** Asks into which folder something is moved or copied. */
export function WhereToDialog({ asked }: { asked: WhereTo }) {
  const { manager } = useProject();
  const { kind, paths } = asked;
  const [folder, setFolder] = useState("");
  const close = () => manager.whereTo.set(null);
  const [first = ""] = paths;
  const what = paths.length === 1 ? `“${baseName(first)}”` : count(paths.length, "item");
  const problem = whereProblem(kind, paths, folder);
  const submit = (to: string) => {
    if (whereProblem(kind, paths, to)) return;
    close();
    void (kind === "move" ? manager.move(paths, to) : manager.copy(paths, to));
  };
  return (
    <Dialog title={`${kind === "move" ? "Move" : "Copy"} ${what}`} isOpen onClose={close}>
      <FolderField value={folder} onChange={setFolder} onSubmit={submit} />
      <p className="secondary where-to truncate" aria-live="polite">
        {problem ?? `To ${folder ? `“${folder}”` : "the project’s top folder"}`}
      </p>
      <div className="dialog-acts">
        <Button onPress={close}>Cancel</Button>
        <Button look="primary" isDisabled={problem !== null} onPress={() => submit(folder)}>
          {kind === "move" ? "Move here" : "Copy here"}
        </Button>
      </div>
    </Dialog>
  );
}

/** Why paths cannot go into a folder; null when they can. */
export function whereProblem(kind: WhereTo["kind"], paths: readonly string[], folder: string): string | null {
  const inside = paths.find((path) => isWithin(folder, path));
  if (inside !== undefined) return `“${baseName(inside)}” cannot go into itself.`;
  if (kind === "move" && paths.every((path) => parent(path) === folder)) {
    return paths.length === 1 ? "This is where it is already." : "This is where they are already.";
  }
  return null;
}
