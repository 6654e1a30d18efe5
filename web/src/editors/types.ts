import type { ComponentType } from "react";
import type { Presence, SaveState } from "../sync/save-state";

export type { Presence, SaveState };

/** What runs a document's code. */
export interface KernelInfo {
  name: string;
  /** For its dot; `words` says it. */
  state: string;
  words: string;
  memoryBytes?: number;
  /** Of one processor. */
  processorPercent?: number;
}

/** What an editor tells the frame for tab, status bar and right panel. */
export interface EditorStatus {
  save: SaveState;
  /** In place of where the text is, of what is no text: what runs. */
  state?: string;
  people: Presence[];
  /** 1-based; absent where it has no meaning. */
  position?: { line: number; column: number; selected: number };
  /** Where one is in what is no text, such as "Cell 3 of 12". */
  place?: string;
  indentation?: string;
  language?: string;
  kernel?: KernelInfo;
  /** Where the document lives now, once somebody renamed it. */
  path?: string;
  /** Asks for the file to be written now. */
  saveNow?(): void;
  /** Brings somebody's cursor into view; answers whether there is one. */
  showPerson?(accountId: string): boolean;
  /** Keeps somebody's cursor in view until one types, or with null no longer. */
  follow?(accountId: string | null): void;
  /** The account that is followed. */
  following?: string;
}

export interface EditorSettings {
  keys: "default" | "vim" | "emacs";
  fontSize: number;
  lineWrap: boolean;
  theme: "light" | "dark" | "high-contrast";
}

export interface EditorProps {
  projectId: string;
  path: string;
  account: { accountId: string; name: string; colour: number };
  settings: EditorSettings;
  /** The editor of the visible tab; it takes the focus when it becomes so. */
  active: boolean;
  /** Viewers may not change files, nor type into programs. */
  mayEdit: boolean;
  /** Go to this line (1-based) when it is set or changes. */
  line?: number;
  onStatus(status: EditorStatus): void;
  /** Shows another file of the project. */
  open(path: string, line?: number): void;
  /** Starts the project, should it be stopped. */
  startProject(): void;
}

/** One kind of editor. `load` brings its code on demand. */
export interface EditorKind {
  id: string;
  label: string;
  /** May it open this path? The first kind in the list that says yes opens it by default. */
  accepts(path: string): boolean;
  load(): Promise<{ default: ComponentType<EditorProps> }>;
}
