import { Hash } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { commands } from "../commands/commands";
import { parsePalette, rank } from "../commands/palette";
import { Observable } from "../net/observable";
import { useObservable } from "../store/react";
import { didFirstStep } from "../store/settings";
import { Avatar } from "../ui/Avatar";
import { ShownKey } from "../ui/ShownKey";
import { paletteSource, paletteText } from "./palette-state";
import { FileIcon } from "./project/FileIcon";

interface Choice {
  id: string;
  text: string;
  icon?: ReactNode;
  detail?: string;
  keys?: string;
  run(): void;
}

/** More than this nobody reads; typing narrows it. */
const MAX_CHOICES = 50;
const MAX_FILES_AT_FIRST = 6;
const NEVER = new Observable<unknown>(0);

/** The palette: files without a prefix, `>` commands, `@` people, `:` a line. */
export function Palette() {
  const opened = useObservable(paletteText);
  return (
    <ModalOverlay
      className="scrim"
      isDismissable
      isOpen={opened !== null}
      onOpenChange={(open) => {
        if (!open) paletteText.set(null);
      }}
    >
      <Modal className="dialog-frame wide">
        <Dialog className="palette" aria-label="Search or run a command">
          <PaletteBody start={opened ?? ""} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function PaletteBody({ start }: { start: string }) {
  const source = useObservable(paletteSource);
  const known = useObservable(source?.changed ?? NEVER);
  const [input, setInput] = useState(start);
  const [index, setIndex] = useState(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => source?.explore(), [source]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `known` says that there are more files
  const choices = useMemo(() => choicesFor(input), [input, source, known]);
  const current = Math.min(index, choices.length - 1);

  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    paletteText.set(null);
    // After the dialog has given the focus back, so that a command may move it.
    setTimeout(choice.run, 0);
  };
  const move = (to: number) => {
    const next = (to + choices.length) % Math.max(1, choices.length);
    setIndex(next);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const acts: Record<string, () => void> = {
      ArrowDown: () => move(current + 1),
      ArrowUp: () => move(current - 1),
      PageDown: () => move(Math.min(choices.length - 1, current + 8)),
      PageUp: () => move(Math.max(0, current - 8)),
      Enter: () => choose(choices[current]),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <>
      <input
        className="palette-input"
        role="combobox"
        aria-label="Search or run a command"
        aria-expanded={choices.length > 0}
        aria-controls={listId}
        aria-activedescendant={choices[current] ? `${listId}-${current}` : undefined}
        aria-autocomplete="list"
        placeholder={source ? "File name,  > command,  @ person,  : line" : "> command"}
        autoComplete="off"
        spellCheck={false}
        // biome-ignore lint/a11y/noAutofocus: the palette is a dialog; its field is where one types
        autoFocus
        value={input}
        onChange={(event) => {
          setInput(event.target.value);
          setIndex(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id={listId} role="listbox" aria-label="Results" className="palette-list">
        {choices.map((choice, position) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and its keys
          <div
            key={choice.id}
            id={`${listId}-${position}`}
            role="option"
            tabIndex={-1}
            aria-selected={position === current}
            className="palette-item"
            onPointerMove={() => setIndex(position)}
            onClick={() => choose(choice)}
          >
            {choice.icon}
            <span className="truncate">{choice.text}</span>
            {choice.detail && <span className="secondary truncate grow">{choice.detail}</span>}
            <ShownKey shortcut={choice.keys ?? ""} />
          </div>
        ))}
      </div>
      {choices.length === 0 && <p className="palette-empty secondary">{emptySentence(input)}</p>}
    </>
  );
}

function choicesFor(input: string): Choice[] {
  const wanted = parsePalette(input);
  const source = paletteSource.get();
  switch (wanted.kind) {
    case "commands":
      return rank(wanted.text, commands.offered(), (command) => command.title, MAX_CHOICES).map((command) => ({
        id: command.id,
        text: command.title,
        detail: command.section,
        keys: commands.keyOf(command.id),
        run: () => {
          if (commands.run(command.id)) didFirstStep("command");
        },
      }));
    case "people":
      return rank(wanted.text, source?.people() ?? [], (person) => person.name, MAX_CHOICES).map((person) => ({
        id: person.id,
        text: person.name,
        icon: <Avatar {...person.face} size="small" />,
        run: person.go,
      }));
    case "line":
      if (wanted.line === null || !source?.goToLine) return [];
      return [
        {
          id: "line",
          text: `Go to line ${wanted.line}`,
          icon: <Hash aria-hidden />,
          run: () => source.goToLine?.(wanted.line ?? 1),
        },
      ];
    case "files": {
      const files = rank(wanted.text, source?.files() ?? [], (path) => path, MAX_CHOICES).map((path) => ({
        id: path,
        text: path.slice(path.lastIndexOf("/") + 1),
        detail: path.slice(0, Math.max(0, path.lastIndexOf("/"))),
        icon: <FileIcon entry={{ name: path, kind: "file" }} />,
        run: () => source?.openFile(path),
      }));
      // A command is found without its prefix too, after the files.
      return [...files.slice(0, wanted.text ? MAX_CHOICES : MAX_FILES_AT_FIRST), ...choicesFor(`>${wanted.text}`)];
    }
  }
}

function emptySentence(input: string): string {
  const wanted = parsePalette(input);
  if (wanted.kind === "line") return "Type the number of a line of the open file.";
  if (wanted.kind === "people") return "Nobody of this name has a file open here.";
  if (wanted.kind === "commands") return "No command has this in its name.";
  return paletteSource.get()
    ? "No file has this in its name. Type > for commands."
    : "Open a project to search its files.";
}
