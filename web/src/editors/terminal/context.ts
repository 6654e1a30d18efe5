import { createContext, useContext } from "react";
import type { TerminalEntry } from "../../protocol/generated";
import type { FileClient } from "./file-client";
import type { TerminalSession } from "./session";

/** What every part of an open `.term` file needs. */
export interface TerminalContextValue {
  projectId: string;
  /** Where the file is. */
  path: string;
  accountId: string;
  mayType: boolean;
  file: FileClient;
  /** The terminals that are drawn, by their ids. */
  sessions: Map<string, TerminalSession>;
  /** How many terminals the file has. */
  count: number;
  /** The one that commands mean. */
  current: string | null;
  setCurrent(id: string): void;
  /** The next terminal that comes is this page's wish, and gets the focus. */
  awaitNew(): void;
  /** Asks for something that needs an answer first, of one terminal. */
  ask(what: Asked): void;
  openFiles(paths: readonly string[]): void;
  openFile(path: string, line?: number): void;
  startProject(): void;
  /** What the frame shows may be another. */
  onChanged(): void;
}

export type Asked = { what: "start" | "close" | "restart"; entry: TerminalEntry } | null;

export const TerminalContext = createContext<TerminalContextValue | null>(null);

export function useTerminals(): TerminalContextValue {
  const value = useContext(TerminalContext);
  if (!value) throw new Error("this part is shown inside a terminal file only");
  return value;
}
