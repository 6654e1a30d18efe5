import { useCallback, useEffect, useMemo, useState } from "react";
import { createPortal } from "react-dom";
import type { SessionInfo } from "../../protocol/generated";
import { baseName } from "../../store/directories";
import { DocumentHistory } from "../../store/document-history";
import { useObservable } from "../../store/react";
import { toast } from "../../ui/toast-queue";
import { useProject } from "../project/context";
import { PanelHead } from "../project/PanelHead";
import { BurstList } from "./BurstList";
import "./history.css";
import { onlyMe, type PersonOf, usePeople } from "./people";
import { restore } from "./restore";
import { useLiveDocument } from "./use-live";
import { VersionView } from "./VersionView";

/** Every version of the file that is shown, in the place of its editor: who changed it, when, and what. */
export default function HistoryPanel() {
  const { info, path } = useProject();
  const [centre, setCentre] = useState<Element | null>(null);
  useEffect(() => setCentre(document.querySelector("main.centre")), []);
  if (centre === null || path === null) return null;
  return createPortal(
    info.mode === "single" ? <Single key={path} info={info} path={path} /> : <Shared key={path} path={path} />,
    centre,
  );
}

function Single({ info, path }: { info: SessionInfo; path: string }) {
  const person = useMemo(() => onlyMe(info), [info]);
  return <History path={path} person={person} />;
}

function Shared({ path }: { path: string }) {
  const { projectId } = useProject();
  return <History path={path} person={usePeople(projectId)} />;
}

function History({ path, person }: { path: string; person: PersonOf }) {
  const { info, projectId, workspace } = useProject();
  const [history, setHistory] = useState<DocumentHistory | null>(null);
  useEffect(() => {
    const opened = new DocumentHistory(projectId, path);
    setHistory(opened);
    void opened.refresh();
    return () => opened.close();
  }, [projectId, path]);
  const onEdit = useCallback(() => void history?.refresh(), [history]);
  const live = useLiveDocument(projectId, path, info.account?.account_id ?? "local", onEdit);

  const close = () => {
    workspace.rightPanel.set(null);
    focusEditor();
  };
  const onRestore = (text: string, what: string) => {
    if (!live.document || !live.writable) return;
    const undo = restore(live.document.client, text);
    toast(`Restored ${what} of “${baseName(path)}”.`, {
      act: {
        label: "Undo",
        run: () => {
          if (!undo()) toast("You have changed the text since. Undo those changes in the editor first.");
        },
      },
    });
    close();
  };

  return (
    <section
      className="history"
      aria-label={`History of ${path}`}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        close();
      }}
    >
      {history && <Opened {...{ history, path, person, live, onRestore, close }} />}
    </section>
  );
}

interface OpenedProps {
  history: DocumentHistory;
  path: string;
  person: PersonOf;
  live: ReturnType<typeof useLiveDocument>;
  onRestore(text: string, what: string): void;
  close(): void;
}

function Opened({ history, path, person, live, onRestore, close }: OpenedProps) {
  const list = useObservable(history.list);
  /** Null follows the newest. */
  const [chosen, choose] = useState<number | null>(null);
  const version = Math.min(chosen ?? list.version, list.version);
  const burst = history.burstOf(version);
  const now = useNow();

  // biome-ignore lint/correctness/useExhaustiveDependencies: a burst that is known by now gives another text to compare with
  useEffect(() => {
    if (list.historyId !== null) void history.show(version);
  }, [history, list.historyId, version, burst?.first]);

  return (
    <>
      <VersionView {...{ history, list, path, person, live, version, choose, onRestore, now }} />
      <aside className="history-side" aria-label="History panel">
        <PanelHead title="History" close="Close the history" onClose={close} />
        <BurstList {...{ history, list, person, version, choose, now }} />
      </aside>
    </>
  );
}

/** The time, in milliseconds, for what is said relative to it. */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Once the editor is back on the screen. */
function focusEditor(): void {
  setTimeout(() => {
    document.querySelector<HTMLElement>(".editor-panel:not([hidden]) [contenteditable=true]")?.focus();
  }, 0);
}
