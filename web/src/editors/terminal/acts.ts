/** What is done to the terminals of a file. */
import type { Direction, TerminalEntry } from "../../protocol/generated";
import { toast } from "../../ui/toast-queue";
import type { TerminalContextValue } from "./context";
import type { TerminalSession } from "./session";
import { runsSomething } from "./words";

export const NOT_CONNECTED = "There is no connection to the project. Try again when it is back.";

export function split(context: TerminalContextValue, entry: TerminalEntry, direction: Direction): void {
  context.awaitNew();
  const sent = context.file.send({ type: "split", terminal_id: entry.terminal_id, direction });
  if (!sent) toast(NOT_CONNECTED, { danger: true });
}

/** Ends a terminal; asks first when something runs in it, since nothing brings that back. */
export function closeTerminal(context: TerminalContextValue, session: TerminalSession, entry: TerminalEntry): void {
  if (runsSomething(session.client.status.get())) context.ask({ what: "close", entry });
  else closeNow(context, entry);
}

export function closeNow(context: TerminalContextValue, entry: TerminalEntry): void {
  const sent = context.file.send({ type: "close", terminal_id: entry.terminal_id });
  if (!sent) toast(NOT_CONNECTED, { danger: true });
}

/** Ends what runs and starts it again; asks first, likewise. */
export function restart(context: TerminalContextValue, session: TerminalSession, entry: TerminalEntry): void {
  if (runsSomething(session.client.status.get())) context.ask({ what: "restart", entry });
  else session.start(true);
}
