import { Hash } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { commands } from "../commands/commands";
import { type PaletteInput, parsePalette, rank, score } from "../commands/palette";
import { Observable } from "../net/observable";
import { useObservable } from "../store/react";
import { didFirstStep } from "../store/settings";
import { Avatar } from "../ui/Avatar";
import { ShownKey } from "../ui/ShownKey";
import type { PathsShown } from "./find/path-search";
import { paletteSource, paletteText } from "./palette-state";
import { FileIcon } from "./project/FileIcon";

interface Choice {
  id: string;
  text: string;
  icon?: ReactNode;
  detail?: string;
  /** Letters of text and detail that were typed. */
  positions?: readonly number[];
  detailPositions?: readonly number[];
  remark?: string;
  keys?: string;
  run(): void;
}

/** More than this nobody reads; typing narrows it. */
const MAX_CHOICES = 50;
const MAX_FILES_AT_FIRST = 8;
/** Files that were used lately and fit come before better ones; more of them would hide those. */
const MAX_RECENT = 5;
/** Enter waits for the server's answer to what was typed, but not longer. */
const PATIENCE_MS = 700;
const NEVER = new Observable<PathsShown | null>(null);

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
  const found = useObservable(source?.paths.found ?? NEVER);
  const [input, setInput] = useState(start);
  const [index, setIndex] = useState(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const wanted = parsePalette(input);
  const letters = wanted.kind === "files" ? wanted.text : null;
  useEffect(() => {
    if (letters !== null) source?.paths.find(letters);
    return () => source?.paths.stop();
  }, [source, letters]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the source says what there is
  const choices = useMemo(() => choicesFor(input, found), [input, source, found]);
  const current = Math.min(index, choices.length - 1);

  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    paletteText.set(null);
    // After the dialog has given the focus back, so that a command may move it.
    setTimeout(choice.run, 0);
  };
  // Who types fast and presses Enter means the file that these letters find, not what happens to be known by then.
  const waiting = useRef<string | null>(null);
  const newest = useRef(choices);
  newest.current = choices;
  const enter = () => {
    if (letters === null || found?.text === letters || current > 0) {
      choose(choices[current]);
      return;
    }
    waiting.current = letters;
    setTimeout(() => answered(letters), PATIENCE_MS);
  };
  const answered = (text: string) => {
    if (waiting.current !== text) return;
    waiting.current = null;
    choose(newest.current[0]);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: when an answer comes
  useEffect(() => {
    if (found) answered(found.text);
  }, [found]);
  useEffect(
    () => () => {
      waiting.current = null;
    },
    [],
  );
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
      Enter: enter,
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
          waiting.current = null;
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
            <span className="truncate">
              <Marked text={choice.text} positions={choice.positions} />
            </span>
            {choice.detail && (
              <span className="secondary truncate grow">
                <Marked text={choice.detail} positions={choice.detailPositions} />
              </span>
            )}
            {choice.remark && <span className="secondary palette-remark">{choice.remark}</span>}
            <ShownKey shortcut={choice.keys ?? ""} />
          </div>
        ))}
      </div>
      {choices.length === 0 && <p className="palette-empty secondary">{emptySentence(input)}</p>}
    </>
  );
}

/** A text with the letters that were typed set off. */
function Marked({ text, positions = [] }: { text: string; positions?: readonly number[] }) {
  if (positions.length === 0) return text;
  const parts: ReactNode[] = [];
  let at = 0;
  for (let index = 0; index < positions.length; ) {
    const start = positions[index] ?? 0;
    let end = start;
    while (positions[index] === end) {
      index++;
      end++;
    }
    parts.push(text.slice(at, start), <b key={start}>{text.slice(start, end)}</b>);
    at = end;
  }
  return [...parts, text.slice(at)];
}

function fileChoice(path: string, run: () => void, positions: readonly number[], remark?: string): Choice {
  const name = path.lastIndexOf("/") + 1;
  return {
    id: path,
    text: path.slice(name),
    detail: path.slice(0, Math.max(0, name - 1)),
    positions: positions.filter((at) => at >= name).map((at) => at - name),
    detailPositions: positions.filter((at) => at < name - 1),
    ...(remark ? { remark } : {}),
    icon: <FileIcon entry={{ name: path, kind: "file" }} />,
    run,
  };
}

/** Files that are open or were used come first, then the others, best first. */
function fileChoices(wanted: PaletteInput & { kind: "files" }, found: PathsShown | null): Choice[] {
  const source = paletteSource.get();
  if (!source) return [];
  const { text, line, column } = wanted;
  const place = line === undefined ? undefined : `line ${line}`;
  const open = (path: string) => () => source.openFile(path, line, column);
  // What was found for other letters stands in until the answer to these comes.
  const others = (found?.paths ?? []).filter(({ path }) => found?.text === text || score(text, path) !== null);
  const positions = new Map(found?.text === text ? others.map((one) => [one.path, one.positions]) : []);
  const recent = rank(text, source.recent(), (path) => path, text ? MAX_RECENT : MAX_FILES_AT_FIRST);
  const shown = new Set(recent);
  return [
    ...recent.map((path) => fileChoice(path, open(path), positions.get(path) ?? [], place ?? "recent")),
    ...others
      .filter(({ path }) => !shown.has(path))
      .map((one) => fileChoice(one.path, open(one.path), found?.text === text ? one.positions : [], place)),
  ];
}

function choicesFor(input: string, found: PathsShown | null): Choice[] {
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
      const files = fileChoices(wanted, found);
      // A command is found without its prefix too, after the files.
      const rest = wanted.line === undefined ? choicesFor(`>${wanted.text}`, found) : [];
      return [...files.slice(0, wanted.text ? MAX_CHOICES : MAX_FILES_AT_FIRST), ...rest];
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
