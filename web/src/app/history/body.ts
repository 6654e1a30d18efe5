import type { DocumentHistory, ShownVersion } from "../../store/document-history";
import type { HistoryPlace } from "../routes";
import type { PersonOf } from "./people";
import type { Undo } from "./restore";
import type { LiveDocument } from "./use-live";

/** What shows a version, of a text or of a notebook, and restores it or a part of it. */
export interface BodyProps {
  history: DocumentHistory;
  path: string;
  deleted: boolean;
  mayWrite: boolean;
  person: PersonOf;
  /** In milliseconds. */
  now: number;
  live: LiveDocument;
  place: HistoryPlace;
  /** The version that was gone to; `shown` is on the screen, which may be the one before it for a moment. */
  version: number;
  /** It is what the file is now. */
  isNewest: boolean;
  shown: ShownVersion | null;
  /** Who made the version and when, in words. */
  said: string;
  playing: boolean;
  choose(version: number | null): void;
  onRestored(undo: Undo, what: string): void;
  onBringBack(text: string): void;
  close(): void;
}

/** Why nothing can be restored here, or null. */
export function readOnlyReason({ deleted, mayWrite, live }: BodyProps): string | null {
  const readOnly = deleted ? !mayWrite : live.document !== null && !live.writable;
  return readOnly ? "You can read this file but not change it." : null;
}

/** What kind of document is open now; null while none is. */
export function liveFormat({ document }: LiveDocument) {
  return document?.client.ready ? document.client.format.is : null;
}
