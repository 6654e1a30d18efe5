import type { ComponentType } from "react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import { IconButton } from "../../ui/IconButton";
import { type NotebookCommandId, notebookCommandNames } from "./command-names";
import { useNotebook } from "./context";

interface CommandButtonProps {
  id: NotebookCommandId;
  icon: ComponentType<{ "aria-hidden"?: boolean }>;
  /** In place of the command's title. */
  label?: string;
  isDisabled?: boolean;
}

/** A button for a command of the notebook. The focus goes back to the cell, where the next key is meant. */
export function CommandButton({ id, icon: Icon, label, isDisabled = false }: CommandButtonProps) {
  const { session } = useNotebook();
  const shortcut = useKeyOf(id);
  const title = label ?? notebookCommandNames.find((command) => command.id === id)?.title ?? id;
  return (
    <IconButton
      label={title}
      shortcut={shortcut}
      isDisabled={isDisabled}
      onPress={({ pointerType }) => {
        const { mode, active } = session.selection.get();
        const wish = session.wish.get();
        commands.run(id);
        if (session.wish.get() === wish && pointerType !== "keyboard" && pointerType !== "virtual") {
          session.select(active, { mode, extend: true });
        }
      }}
    >
      <Icon aria-hidden />
    </IconButton>
  );
}
