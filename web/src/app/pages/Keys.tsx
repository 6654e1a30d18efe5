import { Pencil, RotateCcw } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { commands } from "../../commands/commands";
import { isReserved, showKey, spell } from "../../commands/keys";
import { type Command, SECTIONS } from "../../commands/registry";
import { notebookCommandNames } from "../../editors/notebook/command-names";
import type { SessionInfo } from "../../protocol/generated";
import { useObservable } from "../../store/react";
import { changeSettings, settings } from "../../store/settings";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { projectCommandNames } from "../project/command-names";
import { TopBar } from "../TopBar";
import { useTitle } from "../use-title";

type Listed = Pick<Command, "id" | "title" | "section" | "keys">;

/** All commands: those of this page, and those that projects and notebooks add: the list is the same everywhere. */
function listed(): Listed[] {
  const named: readonly Listed[] = [...projectCommandNames, ...notebookCommandNames];
  const known = new Map(named.map((command) => [command.id, command]));
  for (const command of commands.all()) known.set(command.id, command);
  return [...known.values()];
}

export function KeysPage({ info }: { info: SessionInfo }) {
  useTitle("All keys");
  useObservable(commands.version);
  const [changing, setChanging] = useState<Listed | null>(null);
  const all = listed();
  return (
    <>
      <TopBar info={info} />
      <main className="page narrow">
        <h1>All keys</h1>
        <p className="secondary">
          Each key can be changed. Inside an editor its own keys come first: those of the text editor, Vim or Emacs.
        </p>
        {SECTIONS.map((section) => {
          const own = all.filter((command) => command.section === section);
          if (own.length === 0) return null;
          return (
            <section key={section} aria-label={section}>
              <h2 className="keys-heading">{section}</h2>
              <ul className="keys-list">
                {own.map((command) => (
                  <KeyRow key={command.id} command={command} onChange={() => setChanging(command)} />
                ))}
              </ul>
            </section>
          );
        })}
      </main>
      <ChangeKey command={changing} onClose={() => setChanging(null)} />
    </>
  );
}

function keysOf(command: Listed): readonly string[] {
  const changed = settings.get().shortcuts[command.id];
  if (changed !== undefined) return changed === "" ? [] : [changed];
  return command.keys ?? [];
}

function KeyRow({ command, onChange }: { command: Listed; onChange(): void }) {
  const { shortcuts } = useObservable(settings);
  return (
    <li className="keys-row">
      <span className="grow">{command.title}</span>
      {keysOf(command).map((key) => (
        <kbd key={key} className="key-cap">
          {showKey(key)}
        </kbd>
      ))}
      {command.id in shortcuts && (
        <IconButton label={`Reset key of ${command.title}`} onPress={() => changeShortcut(command.id, undefined)}>
          <RotateCcw aria-hidden />
        </IconButton>
      )}
      <IconButton label={`Change key of ${command.title}`} onPress={onChange}>
        <Pencil aria-hidden />
      </IconButton>
    </li>
  );
}

function changeShortcut(id: string, key: string | undefined): void {
  const { [id]: _, ...rest } = settings.get().shortcuts;
  changeSettings({ shortcuts: key === undefined ? rest : { ...rest, [id]: key } });
}

function ChangeKey({ command, onClose }: { command: Listed | null; onClose(): void }) {
  const [pressed, setPressed] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (command) setPressed("");
  }, [command]);
  if (!command) return null;
  const other = pressed && listed().find((one) => one.id !== command.id && keysOf(one).includes(pressed));
  const plain = /^(Shift-)?.$/.test(pressed);
  const problem = isReserved(pressed)
    ? `The browser keeps ${showKey(pressed)} for itself. Choose another.`
    : plain
      ? "A letter alone would be lost while typing. Hold Ctrl, Cmd or Alt with it."
      : null;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Tab" || event.key === "Escape") return;
    const key = spell(event.nativeEvent);
    if (!key) return;
    event.preventDefault();
    event.stopPropagation();
    setPressed(key);
  };
  const save = (key: string) => {
    changeShortcut(command.id, key);
    onClose();
  };
  return (
    <Dialog title={`Key of “${command.title}”`} isOpen onClose={onClose}>
      <div className="field">
        <label className="label" htmlFor="new-key">
          Press the new key
        </label>
        <input
          id="new-key"
          ref={field}
          className="input"
          autoFocus
          readOnly
          data-captures-keys
          value={showKey(pressed)}
          onKeyDown={onKeyDown}
        />
      </div>
      {problem && <Notice kind="danger">{problem}</Notice>}
      {other && !problem && (
        <Notice>{`“${other.title}” has this key now; it will answer to this command instead.`}</Notice>
      )}
      <div className="dialog-acts">
        <Button onPress={() => save("")}>No key</Button>
        <Button
          look="primary"
          isDisabled={!pressed || problem !== null}
          onPress={() => {
            if (other) changeShortcut(other.id, "");
            save(pressed);
          }}
        >
          Change key
        </Button>
      </div>
    </Dialog>
  );
}
