import { commands } from "../../commands/commands";
import { showKey } from "../../commands/keys";
import { useObservable } from "../../store/react";
import { Dialog } from "../../ui/Dialog";
import { notebookCommandNames } from "./command-names";

/** The keys of notebooks, as they are in force. */
export function KeysDialog({ onClose }: { onClose(): void }) {
  useObservable(commands.version);
  const listed = notebookCommandNames.filter(({ id }) => commands.keysOf(id).length > 0);
  return (
    <Dialog title="Keys of notebooks" isOpen onClose={onClose} wide>
      <p className="secondary">
        Letters alone count on a cell, and not in its text: Escape leaves the text, Enter goes back into it.
      </p>
      <ul className="notebook-keys">
        {listed.map(({ id, title }) => (
          <li key={id}>
            <span>{title}</span>
            <span className="notebook-keys-of">
              {commands.keysOf(id).map((key) => (
                <kbd key={key} className="key-cap">
                  {showKey(key)}
                </kbd>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
