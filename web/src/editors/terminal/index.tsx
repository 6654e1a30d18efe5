import { useEffect, useMemo, useRef, useState } from "react";
import { commands } from "../../commands/commands";
import type { TerminalFile, TerminalLayout } from "../../protocol/generated";
import { useObservable } from "../../store/react";
import { useResource } from "../../store/resource";
import { IconButton } from "../../ui/IconButton";
import { Divider } from "../../ui/split/Divider";
import { moved, type Placed, placed } from "../../ui/split/split";
import { toast } from "../../ui/toast-queue";
import { PHONE, useMedia } from "../../ui/use-media";
import { NotOpened } from "../preview/NotOpened";
import { Skeleton } from "../text/shown";
import type { EditorProps, EditorStatus } from "../types";
import { type Asked, TerminalContext, type TerminalContextValue } from "./context";
import { Dialogs } from "./dialogs";
import { FileClient } from "./file-client";
import { Pane } from "./Pane";
import type { TerminalSession } from "./session";
import { statusOf } from "./status";
import { useTerminalCommands } from "./use-commands";
import "../text/text.css";
import "./terminal.css";

const FOLLOWED_AFTER_MS = 500;
const OPENING: EditorStatus = {
  save: { kind: "opening", waiting: 0, since: 0, online: true },
  state: "Opening…",
  people: [],
};

/** A `.term` file: one or more terminals side by side, which all who have it open share. */
export default function TerminalEditor(props: EditorProps) {
  const { projectId, path } = props;
  const [attempt, setAttempt] = useState(0);
  const file = useResource(
    `${projectId} ${path} ${attempt}`,
    () => new FileClient({ projectId, path, onRefused: (error) => toast(error.message, { danger: true }) }),
  );
  if (!file) return null;
  return <OpenFile key={path} {...props} file={file} onRetry={() => setAttempt((count) => count + 1)} />;
}

function OpenFile({ file, onRetry, ...props }: EditorProps & { file: FileClient; onRetry(): void }) {
  const content = useObservable(file.file);
  const failure = useObservable(file.failure);
  useMoved(props, content?.path);
  if (failure) return <NotOpened projectId={props.projectId} path={props.path} error={failure} onRetry={onRetry} />;
  if (!content) return <Skeleton />;
  return <Terminals {...props} file={file} content={content} />;
}

/** Tells the frame that somebody has renamed the file; one's own renaming has been followed by then. */
function useMoved(props: EditorProps, now: string | undefined): void {
  const newest = useRef(props);
  newest.current = props;
  const { path } = props;
  useEffect(() => {
    if (now === undefined || now === path) return;
    const timer = setTimeout(() => newest.current.onStatus({ ...OPENING, path: now }), FOLLOWED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [path, now]);
}

function Terminals(props: EditorProps & { file: FileClient; content: TerminalFile }) {
  const { projectId, path, account, active, mayEdit, file, content } = props;
  const { accountId } = account;
  const sessions = useMemo(() => new Map<string, TerminalSession>(), []);
  const ids = content.terminals.map((entry) => entry.terminal_id);
  const [chosen, setCurrent] = useState<string | null>(null);
  const current = chosen !== null && ids.includes(chosen) ? chosen : (ids[0] ?? null);
  const [asked, setAsked] = useState<Asked>(null);
  const [finding, setFinding] = useState<string | null>(null);
  /** While a line is dragged the layout is only here. */
  const [dragged, setDragged] = useState<TerminalLayout | null>(null);
  const onPhone = useMedia(PHONE);
  const layout = dragged ?? content.layout;
  const places = useMemo(() => placed(layout, (part) => part.terminal), [layout]);

  const tell = useTellStatus(props, sessions, current);
  const awaiting = useNewTerminals(ids, sessions, setCurrent);
  useFocus(active, current, sessions);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the server says holds again
  useEffect(() => setDragged(null), [content]);

  const context: TerminalContextValue = {
    projectId,
    path,
    accountId,
    mayType: mayEdit,
    file,
    sessions,
    count: ids.length,
    current,
    setCurrent,
    awaitNew: awaiting,
    ask: setAsked,
    openFiles: (paths) => paths.forEach((one) => void props.open(one)),
    openFile: (one, line) => props.open(one, line),
    startProject: props.startProject,
    onChanged: tell,
  };
  return (
    <TerminalContext value={context}>
      {active && <Commands context={context} places={places} onFind={() => setFinding(current)} />}
      <div className={`terminal-editor ${onPhone ? "one-at-a-time" : ""}`}>
        {onPhone && ids.length > 1 && <Switcher ids={ids} current={current} onChoose={setCurrent} />}
        <div className="terminal-panes">
          {content.terminals.map((entry, index) => {
            const box = places.panes.get(entry.terminal_id);
            return (
              box && (
                <Pane
                  key={entry.terminal_id}
                  entry={entry}
                  number={index + 1}
                  box={onPhone ? WHOLE : box}
                  hidden={onPhone && entry.terminal_id !== current}
                  finding={finding === entry.terminal_id}
                  onFind={(open) => setFinding(open ? entry.terminal_id : null)}
                />
              )
            );
          })}
          {!onPhone &&
            mayEdit &&
            places.dividers.map((line) => (
              <Divider
                key={[...line.path, line.index].join(".")}
                line={line}
                what="terminals"
                onMove={(share, done) => {
                  const next = moved(layout, line, share);
                  setDragged(next);
                  if (done && !file.send({ type: "arrange", layout: next })) setDragged(null);
                }}
              />
            ))}
        </div>
      </div>
      <Dialogs asked={asked} onClose={() => setAsked(null)} />
    </TerminalContext>
  );
}

const WHOLE = { left: 0, top: 0, width: 1, height: 1 };

function Commands(props: { context: TerminalContextValue; places: Placed; onFind(): void }) {
  useTerminalCommands(props.context, props.places, {
    find: props.onFind,
    openPalette: () => void commands.run("palette.commands"),
  });
  return null;
}

/** On a phone, which shows one terminal at a time: the others. */
function Switcher({ ids, current, onChoose }: { ids: string[]; current: string | null; onChoose(id: string): void }) {
  return (
    <div className="terminal-switcher" role="toolbar" aria-label="Terminals">
      {ids.map((id, index) => (
        <IconButton
          key={id}
          label={`Show terminal ${index + 1}`}
          className={id === current ? "current" : ""}
          onPress={() => onChoose(id)}
        >
          <span className="numbers">{index + 1}</span>
        </IconButton>
      ))}
    </div>
  );
}

/** Tells the frame, once for all that happens in this turn. */
function useTellStatus(
  props: EditorProps & { file: FileClient },
  sessions: ReadonlyMap<string, TerminalSession>,
  current: string | null,
): () => void {
  const newest = useRef({ props, current });
  newest.current = { props, current };
  const tell = useMemo(() => {
    let queued = false;
    return () => {
      if (queued) return;
      queued = true;
      queueMicrotask(() => {
        queued = false;
        const { props, current } = newest.current;
        props.onStatus(statusOf([...sessions.values()], current === null ? undefined : sessions.get(current), props));
      });
    };
  }, [sessions]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another terminal is another state
  useEffect(tell, [tell, current]);
  return tell;
}

/** Gives the focus to the terminal that this page has asked for; answers how to say that it did. */
function useNewTerminals(
  ids: readonly string[],
  sessions: ReadonlyMap<string, TerminalSession>,
  setCurrent: (id: string) => void,
): () => void {
  const known = useRef<ReadonlySet<string>>(new Set(ids));
  const awaited = useRef(false);
  useEffect(() => {
    const fresh = ids.find((id) => !known.current.has(id));
    known.current = new Set(ids);
    if (fresh === undefined || !awaited.current) return;
    awaited.current = false;
    setCurrent(fresh);
    sessions.get(fresh)?.focusSoon();
  });
  return () => {
    awaited.current = true;
  };
}

/** The shown tab has the focus in its terminal; not on a phone, where that opens the keyboard. */
function useFocus(active: boolean, current: string | null, sessions: ReadonlyMap<string, TerminalSession>): void {
  const wanted = useRef(false);
  if (!active) wanted.current = true;
  const first = useRef(true);
  useEffect(() => {
    if (!active || current === null || !(first.current || wanted.current)) return;
    if (matchMedia("(pointer: coarse)").matches) return;
    first.current = false;
    wanted.current = false;
    sessions.get(current)?.focusSoon();
  }, [active, current, sessions]);
}
