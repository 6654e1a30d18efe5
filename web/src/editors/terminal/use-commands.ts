import { useCommands } from "../../commands/react";
import type { Command } from "../../commands/registry";
import { changeSettings, settings } from "../../store/settings";
import { neighbour, type Placed, type Side } from "../../ui/split/split";
import { toast } from "../../ui/toast-queue";
import { closeTerminal, restart, split } from "./acts";
import { type TerminalCommandId, terminalCommandNames } from "./command-names";
import type { TerminalContextValue } from "./context";

interface Act {
  run(): void;
  /** Viewers may do it too. */
  reads?: boolean;
  when?(): boolean;
}

export interface TerminalActs {
  find(): void;
  openPalette(): void;
}

/** The commands of the terminal that is shown. */
export function useTerminalCommands(context: TerminalContextValue, places: Placed, acts: TerminalActs): void {
  const id = () => context.current ?? "";
  const session = () => context.sessions.get(id());
  const entry = () => context.file.file.get()?.terminals.find((one) => one.terminal_id === id());
  const both = (
    act: (one: NonNullable<ReturnType<typeof session>>, of: NonNullable<ReturnType<typeof entry>>) => void,
  ) => {
    const [one, of] = [session(), entry()];
    if (one && of) act(one, of);
  };
  const go = (side: Side): Act => ({
    reads: true,
    when: () => context.count > 1,
    run: () => {
      const next = neighbour(places.panes, id(), side);
      if (next !== null) context.sessions.get(next)?.focus();
    },
  });
  const list: Record<TerminalCommandId, Act> = {
    "terminal.copy": { reads: true, run: () => void session()?.copy() },
    "terminal.paste": { run: () => void session()?.pasteClipboard() },
    "terminal.select-all": { reads: true, run: () => session()?.screen.terminal.selectAll() },
    "terminal.find": { reads: true, run: acts.find },
    "terminal.split-right": { run: () => both((_, of) => split(context, of, "row")) },
    "terminal.split-below": { run: () => both((_, of) => split(context, of, "column")) },
    "terminal.close": {
      when: () => context.count > 1,
      run: () => both((one, of) => closeTerminal(context, one, of)),
    },
    "terminal.go-left": go("left"),
    "terminal.go-right": go("right"),
    "terminal.go-up": go("up"),
    "terminal.go-down": go("down"),
    "terminal.leave": {
      reads: true,
      run: () => firstShown(`[data-terminal="${CSS.escape(id())}"] .terminal-head button`)?.focus(),
    },
    "terminal.palette": { reads: true, run: acts.openPalette },
    "terminal.fit": { run: () => session()?.client.takeSize() },
    "terminal.pause": {
      run: () => {
        const client = session()?.client;
        client?.send({ type: "pause", paused: !client.status.get()?.paused });
      },
    },
    "terminal.clear": { run: () => void session()?.client.send({ type: "clear" }) },
    "terminal.save": { run: () => void session()?.client.send({ type: "save" }) },
    "terminal.restart": { run: () => both((one, of) => restart(context, one, of)) },
    "terminal.set-start": { run: () => both((_, of) => context.ask({ what: "start", entry: of })) },
    "terminal.screen-reader": {
      reads: true,
      run: () => {
        const on = !settings.get().terminalScreenReader;
        changeSettings({ terminalScreenReader: on });
        toast(`Terminals are ${on ? "read aloud by screen readers now" : "not read aloud any more"}.`);
      },
    },
  };
  useCommands(
    terminalCommandNames.map((named): Command => {
      const { run, reads = false, when } = list[named.id];
      return {
        ...named,
        hidden: named.id === "terminal.palette",
        inTerminal: true,
        run,
        when: () => (reads || context.mayType) && (when?.() ?? true),
        keyWhen: () => document.activeElement?.closest(".terminal-editor") != null,
      };
    }),
  );
}

/** The first of these elements that is drawn: on a phone some buttons are not. */
function firstShown(selector: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>(selector)].find((element) => element.offsetParent !== null);
}
