import { useCallback, useEffect, useRef } from "react";
import { baseName } from "../../store/directories";
import { DocumentHistory } from "../../store/document-history";
import { useResource } from "../../store/resource";
import { toast } from "../../ui/toast-queue";
import { navigate } from "../navigation";
import { useProject } from "../project/context";
import { deletedUrl, fileUrl, type HistoryPlace } from "../routes";
import { BringBack, useBringBack } from "./BringBack";
import { OpenedHistory } from "./OpenedHistory";
import type { PersonOf } from "./people";
import type { Undo } from "./restore";
import { useLiveDocument } from "./use-live";
import { usePlace } from "./use-place";

interface HistoryProps {
  path: string;
  /** Of a file that is not there any more: nothing is live, and a version comes back as a new file. */
  deleted: boolean;
  given: HistoryPlace;
  person: PersonOf;
  mayWrite: boolean;
}

/** The history of one document, with what can be done to the document from here. */
export function History({ path, deleted, given, person, mayWrite }: HistoryProps) {
  const { info, projectId } = useProject();
  const { place, go } = usePlace(path, deleted, given);
  const history = useResource(path, () => new DocumentHistory(projectId, path, given.history));
  useEffect(() => void history?.refresh(), [history]);
  const onEdit = useCallback(() => void history?.refresh(), [history]);
  const accountId = info.account?.account_id ?? "local";
  const onNames = useCallback(() => void history?.names.refresh(), [history]);
  const live = useLiveDocument(projectId, deleted ? null : path, accountId, onEdit, onNames);
  const bringBack = useBringBack(path);
  const undo = useRef<Undo | null>(null);
  const told = useRef(() => {});
  useGiveFocusBack();

  const close = () => navigate(deleted ? deletedUrl(projectId) : fileUrl(projectId, path));
  const takeBack = () => {
    if (undo.current?.() === false) toast("You have changed the file since. Undo those changes in the editor first.");
    undo.current = null;
  };
  const onRestored = (how: Undo, what: string) => {
    undo.current = how;
    const run = () => {
      undo.current = how;
      takeBack();
    };
    // Only the last one can be taken back.
    told.current();
    told.current = toast(`Restored ${what} of “${baseName(path)}”.`, { act: { label: "Undo", run } });
  };

  return (
    <section
      className="history"
      aria-label={`History of ${path}`}
      onKeyDown={(event) => {
        // What floats above has keys of its own.
        if (event.defaultPrevented || !event.currentTarget.contains(event.target as Node)) return;
        if (event.key === "Escape") close();
        else if (undo.current && event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) takeBack();
        else return;
        event.preventDefault();
      }}
    >
      {history && (
        <OpenedHistory
          {...{ history, path, deleted, person, mayWrite, live, place, go, onRestored, close }}
          onBringBack={bringBack.start}
        />
      )}
      <BringBack {...bringBack} />
    </section>
  );
}

/** To the editor, once it is back on the screen, when nothing else has taken the focus. */
function useGiveFocusBack(): void {
  useEffect(
    () => () => {
      setTimeout(() => {
        if (document.activeElement !== document.body) return;
        const panel = document.querySelector(".editor-panel[data-current]");
        const place = panel?.querySelector<HTMLElement>('[data-cell][tabindex="0"]');
        (place ?? panel?.querySelector<HTMLElement>("[contenteditable=true]"))?.focus();
      }, 0);
    },
    [],
  );
}
