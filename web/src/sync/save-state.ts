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
  /** Why, for `not_saved`, `read_only` and `failed`; while `opening`, why that takes so long. */
  error?: ErrorBody;
  disk?: DiskStatus;
  /** The browser cannot keep what waits: leaving the page loses it. */
  unkept?: boolean;
}

/** A person in a document, as awareness tells it. */
export interface Presence {
  clientId: number;
  accountId: string;
  name: string;
  /** 0–11: index into the collaborator colours. */
  colour: number;
  /** The hash of their picture. */
  avatar: string | null;
  self: boolean;
}

/** What the derivation looks at. Versions are sequence numbers of the document's log. */
export interface SaveFacts {
  /** The server's state has arrived at least once. */
  synced: boolean;
  waiting: number;
  /** The newest version known to hold an edit of this client, or the newest one when it connected. */
  needed: number;
  saved: number;
  readOnly: boolean;
  readOnlyReason: string | undefined;
  /** The last try to write the file failed, and none has succeeded since. */
  notSaved: { error: ErrorBody; disk: DiskStatus } | undefined;
  /** The document cannot be served; `final` when trying again is of no use. */
  failure: { error: ErrorBody; final: boolean } | undefined;
}

type Derived = Omit<SaveState, "since" | "online">;

/** The truest sentence about the facts: the worst thing that a person should know comes first. */
export function deriveSaveState(facts: SaveFacts): Derived {
  const { waiting, failure, notSaved } = facts;
  if (failure?.final) return { kind: "failed", waiting, error: failure.error };
  if (!facts.synced) return failure ? { kind: "opening", waiting, error: failure.error } : { kind: "opening", waiting };
  if (facts.readOnly) {
    const message = facts.readOnlyReason ?? "You may look at this project but not change it.";
    return { kind: "read_only", waiting, error: { code: "not_permitted", message } };
  }
  if (waiting > 0) return failure ? { kind: "waiting", waiting, error: failure.error } : { kind: "waiting", waiting };
  if (notSaved) return { kind: "not_saved", waiting, error: notSaved.error, disk: notSaved.disk };
  return { kind: facts.saved >= facts.needed ? "disk" : "server", waiting };
}

/** Whether two states tell a person the same. */
export function sameSaveState(a: SaveState, b: SaveState): boolean {
  return (
    a.kind === b.kind &&
    a.waiting === b.waiting &&
    a.online === b.online &&
    a.error?.code === b.error?.code &&
    a.error?.message === b.error?.message &&
    a.disk === b.disk
  );
}
