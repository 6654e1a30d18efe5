import type { ComponentType } from "react";
import type { DiskStatus, ErrorBody } from "../protocol/generated";

/** Where a document's text is, derived from acknowledged versions, never from the state of a socket. */
export interface SaveState {
  /** `waiting`: changes not yet acknowledged. `server`: committed there, not yet in the file. `disk`: in the file. */
  kind: "opening" | "waiting" | "server" | "disk" | "not_saved" | "read_only" | "failed";
  /** Changes that the server has not acknowledged. */
  waiting: number;
  /** Unix time in milliseconds since when `kind` holds; "Saving…" is shown only after a second. */
  since: number;
  online: boolean;
  error?: ErrorBody;
  disk?: DiskStatus;
}

/** A person in a document, as awareness tells it. */
export interface Presence {
  clientId: number;
  accountId: string;
  name: string;
  /** 0–11: index into the collaborator colours. */
  colour: number;
  self: boolean;
}

/** What an editor tells the frame for tab, status bar and right panel. */
export interface EditorStatus {
  save: SaveState;
  people: Presence[];
  /** 1-based; absent where it has no meaning. */
  position?: { line: number; column: number; selected: number };
  indentation?: string;
  language?: string;
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
  /** Go to this line (1-based) when it is set or changes. */
  line?: number;
  onStatus(status: EditorStatus): void;
}

/** One kind of editor. `load` brings its code on demand. */
export interface EditorKind {
  id: string;
  label: string;
  /** May it open this path? The first kind in the list that says yes opens it by default. */
  accepts(path: string): boolean;
  load(): Promise<{ default: ComponentType<EditorProps> }>;
}
