import { readStored, settings, writeStored } from "../store/settings";
import { isMac } from "./keys";
import { type Command, Registry } from "./registry";

const RECENT_KEY = "studium:recent-commands";

function storedRecent(): string[] {
  const stored = readStored(RECENT_KEY);
  return Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : [];
}

/** The registry of this page. */
export const commands = new Registry({
  recent: storedRecent(),
  onRecent: (recent) => writeStored(RECENT_KEY, recent),
});

const takeChangedKeys = () => commands.changeKeys(settings.get().shortcuts);
settings.subscribe(takeChangedKeys);
takeChangedKeys();

/**
 * Runs commands from their keys. Where an editor has the focus it sees a key first (Vim and Emacs have their own use for
 * many), elsewhere commands do. There a letter is what it says, whatever it does elsewhere.
 */
export function listenForKeys(target: Window): () => void {
  const inEditor = (event: KeyboardEvent) => event.target instanceof Element && !!event.target.closest(".cm-editor");
  const inTerminal = (event: KeyboardEvent) => event.target instanceof Element && !!event.target.closest(".xterm");
  const run = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.target instanceof Element && event.target.closest("[data-captures-keys]")) return;
    const command = commands.commandFor(event, inTerminal(event) ? keptFromTerminals(event) : undefined);
    if (!command || (event.repeat && !command.repeats)) return;
    event.preventDefault();
    event.stopPropagation();
    commands.run(command.id);
  };
  const capture = (event: KeyboardEvent) => {
    if (!inEditor(event)) run(event);
  };
  const bubble = (event: KeyboardEvent) => {
    if (inEditor(event) && !isTyped(event)) run(event);
  };
  target.addEventListener("keydown", capture, { capture: true });
  target.addEventListener("keydown", bubble);
  return () => {
    target.removeEventListener("keydown", capture, { capture: true });
    target.removeEventListener("keydown", bubble);
  };
}

/** In a terminal keys are the program's, but for those of a few commands; and on a Mac Command, which no program has. */
function keptFromTerminals(event: KeyboardEvent): (command: Command) => boolean {
  return (command) => command.inTerminal === true || (isMac() && event.metaKey);
}

/** A key that writes a character. */
function isTyped({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return [...key].length === 1 && !ctrlKey && !metaKey && !altKey;
}
