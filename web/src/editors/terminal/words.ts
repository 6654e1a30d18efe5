/** What is said of terminals. Pure. */
import type { TerminalStatus } from "../../protocol/generated";

/** Programs that wait for a command: naming them says nothing. */
const SHELLS = new Set(["bash", "-bash", "sh", "zsh", "fish", "dash", ""]);
const LONGEST_TITLE = 80;

export function runsSomething(status: TerminalStatus | null): boolean {
  return status?.state === "running" && !SHELLS.has(status.program ?? "");
}

/** What a terminal is called: by its program, else after what runs in front, else after where it is. */
export function titleOf(status: TerminalStatus | null): string {
  if (!status) return "Terminal";
  const { title, program = "", command, directory } = status;
  const name = title || (SHELLS.has(program) ? "" : program) || command || placeOf(directory) || "Terminal";
  const characters = [...name];
  return characters.length > LONGEST_TITLE ? `${characters.slice(0, LONGEST_TITLE).join("")}…` : name;
}

/** A directory as shells write it; "" where it is not known. */
export function placeOf(directory: string | null | undefined): string {
  if (directory == null) return "";
  return directory === "" || directory === "." ? "~" : `~/${directory}`;
}

export function sizeOf(status: TerminalStatus): string {
  return `${status.columns} × ${status.rows}`;
}

/** For the status bar: what runs. */
export function stateSentence(status: TerminalStatus | null, connected: boolean): string {
  if (!connected) return "Not connected";
  switch (status?.state) {
    case undefined:
      return "Opening…";
    case "starting":
      return "Starting…";
    case "running":
      return status.paused ? "Held" : runsSomething(status) ? `Running ${status.program}` : "Ready";
    case "exited":
      return "Ended";
    case "lost":
      return "Ended with the project";
  }
}

export function endSentence(status: TerminalStatus): string {
  if (status.state === "lost") return status.reason ?? "This is what the terminal showed before the project stopped.";
  if (status.reason) return status.reason;
  return status.exit_code == null
    ? "The program has ended."
    : `The program has ended with exit code ${status.exit_code}.`;
}

/** Whose window the terminal fits. */
export function sizeSentence(status: TerminalStatus, accountId: string): string {
  const { sized_by: by, people } = status;
  const owner = people.find((person) => person.account_id === by);
  const whose = by === accountId ? "your other window" : owner ? `${owner.name}'s window` : "another window";
  return `Size of ${whose}, ${sizeOf(status)}`;
}
