import { type CSSProperties, useEffect, useRef, useState } from "react";
import type { TerminalEntry } from "../../protocol/generated";
import { useObservable } from "../../store/react";
import { settings, theme } from "../../store/settings";
import type { Box } from "../../ui/split/split";
import { useTerminals } from "./context";
import { FindBar } from "./FindBar";
import { TerminalKeyBar } from "./KeyBar";
import { PaneBar } from "./PaneBar";
import { PaneHead } from "./PaneHead";
import { PaneMenu } from "./PaneMenu";
import { PasteDialog } from "./PasteDialog";
import type { Look } from "./screen";
import { TerminalSession } from "./session";
import { scrollByTouch } from "./touch";

/** Sizes follow a window that is being dragged at this pace. */
const SIZE_EVERY_MS = 80;

interface PaneProps {
  entry: TerminalEntry;
  number: number;
  box: Box;
  /** On a phone one is shown at a time. */
  hidden: boolean;
  finding: boolean;
  onFind(open: boolean): void;
}

/** One terminal of a file: its head, what there is to say, and the terminal itself. */
export function Pane(props: PaneProps) {
  const context = useTerminals();
  const session = useSession(props.entry.terminal_id, props.number);
  const { terminal_id: id } = props.entry;
  return (
    <section
      className={`terminal-pane ${context.current === id ? "current" : ""}`}
      aria-label={`Terminal ${props.number}`}
      data-terminal={id}
      hidden={props.hidden}
      style={styleOf(props.box)}
      onFocus={() => context.setCurrent(id)}
      onPointerDown={() => context.setCurrent(id)}
    >
      {session && <OpenPane {...props} session={session} />}
    </section>
  );
}

function styleOf({ left, top, width, height }: Box): CSSProperties {
  const percent = (part: number) => `${part * 100}%`;
  return { left: percent(left), top: percent(top), width: percent(width), height: percent(height) };
}

function useLook(): Look {
  const { fontSize, terminalColours, terminalScreenReader } = useObservable(settings);
  return { theme: useObservable(theme), scheme: terminalColours, fontSize, screenReader: terminalScreenReader };
}

function useSession(id: string, number: number): TerminalSession | null {
  const context = useTerminals();
  const newest = useRef(context);
  newest.current = context;
  const look = useLook();
  const firstLook = useRef(look);
  firstLook.current = look;
  const [session, setSession] = useState<TerminalSession | null>(null);
  const { projectId, path, accountId, sessions } = context;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a number is only a name, which may be another later
  useEffect(() => {
    const made = new TerminalSession({
      projectId,
      path,
      terminalId: id,
      accountId,
      look: firstLook.current,
      label: `Terminal ${number}, ${path}`,
      mayType: () => newest.current.mayType,
      bells: () => settings.get().terminalBell,
      openFiles: (paths) => newest.current.openFiles(paths),
      openFile: (file, line) => newest.current.openFile(file, line),
      startProject: () => newest.current.startProject(),
    });
    const changed = () => newest.current.onChanged();
    const stops = [made.client.status.subscribe(changed), made.client.connection.state.subscribe(changed)];
    sessions.set(id, made);
    setSession(made);
    return () => {
      for (const stop of stops) stop();
      if (sessions.get(id) === made) sessions.delete(id);
      setSession(null);
      made.close();
      changed();
    };
  }, [projectId, path, id, accountId, sessions]);
  return session;
}

function OpenPane({ session, entry, number, finding, onFind }: PaneProps & { session: TerminalSession }) {
  const { mayType } = useTerminals();
  const body = useRef<HTMLDivElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null);
  const look = useLook();
  const hovered = useObservable(session.hovered);
  useObservable(session.client.status); // which says, with the room, whose size it has
  useObservable(session.client.room);
  const { terminal } = session.screen;

  useEffect(() => {
    terminal.options.disableStdin = !mayType;
  }, [terminal, mayType]);
  useFitting(session, body, host, look);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const onPaste = (event: ClipboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      session.paste(event.clipboardData?.getData("text/plain") ?? "");
    };
    const onMenu = (event: MouseEvent) => {
      event.preventDefault();
      event.stopPropagation();
      // A program that follows the mouse has this button too; Shift keeps it for the page.
      if (terminal.modes.mouseTrackingMode === "none" || event.shiftKey)
        setMenu({ x: event.clientX, y: event.clientY });
    };
    const onLeave = () => session.hovered.set(null);
    element.addEventListener("mouseleave", onLeave);
    element.addEventListener("paste", onPaste, { capture: true });
    element.addEventListener("contextmenu", onMenu, { capture: true });
    const stop = scrollByTouch(element, terminal);
    return () => {
      element.removeEventListener("mouseleave", onLeave);
      element.removeEventListener("paste", onPaste, { capture: true });
      element.removeEventListener("contextmenu", onMenu, { capture: true });
      stop();
    };
  }, [session, terminal]);

  return (
    <>
      <PaneHead session={session} entry={entry} number={number} onFind={() => onFind(true)} />
      <div className="terminal-body" ref={body}>
        <PaneBar session={session} />
        <div className="terminal-room">
          <div className={`terminal-host ${session.client.isOwnSize ? "" : "of-another-size"}`} ref={host} />
          {finding && <FindBar session={session} onClose={() => onFind(false)} />}
          {hovered !== null && (
            <div className="terminal-target" role="status">
              <span className="truncate">{hovered}</span>
              <span className="secondary">Ctrl or ⌘ and click to open</span>
            </div>
          )}
        </div>
      </div>
      {mayType && <TerminalKeyBar session={session} />}
      <PaneMenu at={menu} session={session} entry={entry} onClose={() => setMenu(null)} onFind={() => onFind(true)} />
      <PasteDialog session={session} />
    </>
  );
}

/** Draws into the host, and tells the server how much has room: of the whole body, whatever bar is above just now. */
function useFitting(
  session: TerminalSession,
  body: React.RefObject<HTMLDivElement | null>,
  host: React.RefObject<HTMLDivElement | null>,
  look: Look,
): void {
  const measure = useRef(() => {});
  useEffect(() => {
    const [room, place] = [body.current, host.current];
    if (!room || !place) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      timer = undefined;
      const style = getComputedStyle(place);
      const padding = (side: string) => Number.parseFloat(style.getPropertyValue(`padding-${side}`)) || 0;
      const width = room.clientWidth - padding("left") - padding("right");
      const fits = session.screen.fitting(width, room.clientHeight - padding("top") - padding("bottom"));
      if (fits) session.client.fits(fits.columns, fits.rows);
      session.screen.showCursor();
    };
    measure.current = () => {
      timer ??= setTimeout(tell, SIZE_EVERY_MS);
    };
    const observer = new ResizeObserver(() => measure.current());
    void session.screen.open(place).then(() => {
      tell();
      observer.observe(room);
      observer.observe(place);
    });
    const resized = session.screen.terminal.onResize(() => measure.current());
    return () => {
      clearTimeout(timer);
      resized.dispose();
      observer.disconnect();
    };
  }, [session, body, host]);
  const { theme: shownTheme, scheme, fontSize, screenReader } = look;
  useEffect(() => {
    session.screen.look({ theme: shownTheme, scheme, fontSize, screenReader });
    measure.current();
  }, [session, shownTheme, scheme, fontSize, screenReader]);
}
