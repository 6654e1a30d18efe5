import { FileWarning } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { type OpenDocument, openDocument } from "../../net/documents";
import type { ErrorBody } from "../../protocol/generated";
import { CopyUnsaved } from "../../ui/CopyUnsaved";
import { onDemand } from "../../ui/on-demand";
import { toast } from "../../ui/toast-queue";
import { NotOpened } from "../preview/NotOpened";
import { Bars } from "../text/bars";
import { type Shown, Skeleton, sameShown } from "../text/shown";
import type { EditorProps } from "../types";
import { NotebookContext, type NotebookContextValue } from "./context";
import { CellHandles } from "./handles";
import { KernelClient } from "./kernel-client";
import { kernelName, stateWord } from "./kernel-words";
import { NotebookView } from "./NotebookView";
import { PeopleInCells } from "./people";
import { NotebookSession } from "./session";
import { useWantedCell } from "./wanted-cell";
import "../text/text.css";
import "./notebook.css";
import "./print.css";

/** For files that are named as notebooks and are none, and those that are too large. */
const TextEditor = onDemand(
  () => import("../text"),
  () => <Skeleton />,
);

/** A live notebook: the document and the kernel of one `.ipynb`. */
export default function NotebookEditor(props: EditorProps) {
  const { projectId, path, account, active } = props;
  const { accountId, name, colour } = account;
  const onStatus = useRef(props.onStatus);
  onStatus.current = props.onStatus;
  /** Tells the frame, once for all that happens in this turn. */
  const tellStatus = useRef<() => void>(() => undefined);
  const [document, setDocument] = useState<OpenDocument | null>(null);
  const [shown, setShown] = useState<(Shown & { writable: boolean }) | null>(null);
  const [open, setOpen] = useState<{ session: NotebookSession; people: PeopleInCells } | null>(null);
  const [kernel, setKernel] = useState<KernelClient | null>(null);
  const handles = useMemo(() => new CellHandles(), []);

  useEffect(() => {
    const opened = openDocument(projectId, path, accountId);
    setDocument(opened);
    return () => {
      setDocument(null);
      opened.release();
    };
  }, [projectId, path, accountId]);

  const generation = shown?.generation ?? 0;
  const ready = shown?.ready ?? false;
  const isNotebook = ready && document?.client.format.is === "notebook";
  // biome-ignore lint/correctness/useExhaustiveDependencies: another generation brings another awareness, a new path enters it anew
  useEffect(() => {
    document?.client.awareness.setLocalState({ user: { account_id: accountId, name, colour } });
  }, [document, path, accountId, name, colour, generation]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another generation is another document
  useEffect(() => {
    if (!document || !isNotebook) return;
    const { client } = document;
    const session = new NotebookSession(client);
    const people = new PeopleInCells(client);
    const tell = () => {
      people.tell(session.selection.get());
      tellStatus.current();
    };
    const stops = [
      session.selection.subscribe(tell),
      session.notebook.order.subscribe(tell),
      people.following.subscribe(tell),
    ];
    setOpen({ session, people });
    return () => {
      for (const stop of stops) stop();
      setOpen(null);
      people.destroy();
      session.destroy();
    };
  }, [document, isNotebook, generation]);

  useEffect(() => {
    if (!isNotebook) return;
    const onFailed = (error: ErrorBody) => toast(error.message, { danger: true });
    const made = new KernelClient({ projectId, path, onFailed });
    const stop = made.status.subscribe(() => tellStatus.current());
    setKernel(made);
    return () => {
      stop();
      setKernel(null);
      made.close();
    };
  }, [projectId, path, isNotebook]);
  if (open) open.session.kernel = kernel;
  useWantedCell(open?.session ?? null, handles, path, active);

  useEffect(() => {
    if (!document || (ready && !isNotebook)) return;
    const { client } = document;
    let queued = false;
    const tell = () => {
      queued = false;
      const { generation, ready, writable } = client;
      const save = document.unkept.get() ? { ...client.saveState, unkept: true } : client.saveState;
      setShown((old) =>
        old?.writable === writable && sameShown(old, save, generation, ready)
          ? old
          : { save, generation, ready, writable },
      );
      onStatus.current({
        save,
        people: client.presence(),
        path: document.path,
        saveNow: () => client.saveNow(),
        ...(open ? statusOf(open.session, open.people, handles, kernel) : {}),
      });
    };
    const tellSoon = () => {
      if (queued) return;
      queued = true;
      queueMicrotask(tell);
    };
    tellStatus.current = tellSoon;
    const { awareness } = client;
    awareness.on("change", tellSoon);
    const stops = [client.subscribe(tellSoon), document.unkept.subscribe(tellSoon)];
    tell();
    return () => {
      for (const stop of stops) stop();
      awareness.off("change", tellSoon);
      queued = true;
    };
  }, [document, ready, isNotebook, open, kernel, handles]);

  const { settings } = props;
  const writable = shown?.writable ?? false;
  const now = document?.path;
  // The same until something in it is another: every cell looks at it.
  const context = useMemo<NotebookContextValue | null>(
    () =>
      open && kernel && now !== undefined
        ? { ...open, kernel, handles, projectId, path: now, settings, writable, onMoved: () => tellStatus.current() }
        : null,
    [open, kernel, handles, projectId, now, settings, writable],
  );

  const save = shown?.save;
  if (ready && document && !isNotebook) {
    return <AsText {...props} reason={document.client.format.reason} />;
  }
  if (save?.kind === "failed" && !ready) {
    if (save.error?.code === "too_large") {
      return <TextEditor {...props} />;
    }
    const unsent = document?.client.unsentText();
    return (
      <NotOpened projectId={projectId} path={path} error={save.error} onRetry={() => document?.retry()}>
        {unsent && <CopyUnsaved text={() => unsent} />}
      </NotOpened>
    );
  }
  return (
    <div className="text-editor">
      {save && document && <Bars save={save} document={document} />}
      {context ? (
        <NotebookContext value={context}>
          <NotebookView key={generation} active={active} />
        </NotebookContext>
      ) : (
        <Skeleton message={save?.error?.message} />
      )}
    </div>
  );
}

/** What the frame shows of a notebook beside its save state. */
function statusOf(session: NotebookSession, people: PeopleInCells, handles: CellHandles, kernel: KernelClient | null) {
  const { active, mode } = session.selection.get();
  const { notebook } = session;
  const { language, kernel: wanted } = notebook.meta.get();
  const status = kernel?.status.get() ?? null;
  const view = mode === "edit" ? session.editors.get(active) : undefined;
  const line = view?.state.doc.lineAt(view.state.selection.main.head);
  const main = view?.state.selection.main;
  return {
    place: `Cell ${notebook.indexOf(active) + 1} of ${notebook.order.get().length}`,
    ...(line && main
      ? { position: { line: line.number, column: main.head - line.from + 1, selected: main.to - main.from } }
      : {}),
    language: language.charAt(0).toUpperCase() + language.slice(1),
    following: people.following.get() ?? undefined,
    showPerson: (accountId: string) => {
      const id = people.cellOf(accountId);
      if (id === undefined) return false;
      handles.get(id)?.element.scrollIntoView({ block: "center" });
      return true;
    },
    follow: (accountId: string | null) => people.following.set(accountId),
    kernel: {
      name: kernelName(status, wanted?.displayName),
      state: status?.state ?? "unknown",
      words: stateWord(status),
      memoryBytes: status?.memory_bytes ?? undefined,
      processorPercent: status?.processor_percent ?? undefined,
    },
  };
}

function AsText({ reason, ...props }: EditorProps & { reason: string | null }) {
  return (
    <div className="text-editor">
      <div className="text-editor-bar" role="status">
        <FileWarning aria-hidden />
        <span>
          {reason ?? "This file is no valid notebook."} It is shown as text: once it is valid, open it again to see its
          cells.
        </span>
      </div>
      <TextEditor {...props} />
    </div>
  );
}
