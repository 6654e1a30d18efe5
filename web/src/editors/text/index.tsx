import { useEffect, useRef, useState } from "react";
import { type OpenDocument, openDocument } from "../../net/documents";
import { wantedPlace } from "../../store/wanted-place";
import type { DocumentClient } from "../../sync/document-client";
import { CopyUnsaved } from "../../ui/CopyUnsaved";
import { onDemand } from "../../ui/on-demand";
import { previewOf } from "../preview/kinds";
import { NotOpened } from "../preview/NotOpened";
import type { EditorProps } from "../types";
import { Bars } from "./bars";
import { describeIndentation } from "./indentation";
import { type Shown, Skeleton, sameShown } from "./shown";
import "./text.css";
import { type Place, TextView } from "./view";

/** For files that are too large to be edited. */
const PagedViewer = onDemand(
  () => import("../pages"),
  () => <Skeleton />,
);
/** For files that are no text. */
const HexViewer = onDemand(
  () => import("../hex"),
  () => <Skeleton />,
);

/** A live text. The document outlives this component until its changes are acknowledged. */
export default function TextEditor(props: EditorProps) {
  const { projectId, path, account, settings, active, line } = props;
  const { accountId, name, colour } = account;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<TextView | null>(null);
  const before = useRef<{ client: DocumentClient; place: Place } | null>(null);
  const onStatus = useRef(props.onStatus);
  onStatus.current = props.onStatus;
  /** Tells the frame, once for all that happens in this turn. */
  const tellStatus = useRef<() => void>(() => undefined);
  const [document, setDocument] = useState<OpenDocument | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);

  useEffect(() => {
    const opened = openDocument(projectId, path, accountId);
    setDocument(opened);
    return () => {
      setDocument(null);
      opened.release();
    };
  }, [projectId, path, accountId]);

  const generation = shown?.generation ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another generation brings another awareness, a new path enters it anew
  useEffect(() => {
    document?.client.awareness.setLocalState({ user: { account_id: accountId, name, colour } });
  }, [document, path, accountId, name, colour, generation]);

  useEffect(() => {
    if (!document) return;
    const { client } = document;
    let queued = false;
    const tell = () => {
      queued = false;
      const { generation, ready, writable } = client;
      const saveState = document.unkept.get() ? { ...client.saveState, unkept: true } : client.saveState;
      view.current?.setWritable(writable);
      setShown((old) => (sameShown(old, saveState, generation, ready) ? old : { save: saveState, generation, ready }));
      onStatus.current({
        save: saveState,
        people: client.presence(),
        position: view.current?.position(),
        indentation: view.current ? describeIndentation(view.current.indentation) : undefined,
        language: view.current?.language,
        path: document.path,
        saveNow: () => client.saveNow(),
        showPerson: (account) => view.current?.showPerson(account) ?? false,
        follow: (account) => view.current?.follow(account),
        following: view.current?.following ?? undefined,
      });
    };
    const tellSoon = () => {
      if (queued) return;
      queued = true;
      queueMicrotask(tell);
    };
    tellStatus.current = tellSoon;
    const unsubscribe = client.subscribe(tellSoon);
    const stopListening = document.unkept.subscribe(tellSoon);
    tell();
    return () => {
      unsubscribe();
      stopListening();
      queued = true;
    };
  }, [document]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: settings and line are applied below, without a new view
  useEffect(() => {
    if (!document || !shown?.ready || !place.current) return;
    const { client } = document;
    const was = before.current?.client === client ? before.current.place : undefined;
    const onUpdate = () => tellStatus.current();
    const made = new TextView(place.current, { client, path, settings, onUpdate, place: was });
    view.current = made;
    const tell = () => tellStatus.current();
    client.awareness.on("change", tell);
    if (active) made.view.focus();
    if (line !== undefined && !was) made.goTo(line);
    if (active) goToWanted(made, path);
    tell();
    return () => {
      client.awareness.off("change", tell);
      view.current = null;
      before.current = { client, place: made.place() };
      made.destroy();
    };
  }, [document, shown?.ready, generation, path]);

  useEffect(() => view.current?.applySettings(settings), [settings]);
  useEffect(() => {
    // Not from its own buttons and fields: whoever goes into a split by one of them stays there.
    const panel = place.current?.closest("[role=tabpanel]");
    if (active && !panel?.contains(globalThis.document.activeElement)) view.current?.view.focus();
  }, [active]);
  useEffect(() => {
    if (line !== undefined) view.current?.goTo(line);
  }, [line]);
  // After the one above: the very place says more than its line.
  useEffect(() => {
    if (!active) return;
    const look = () => view.current && goToWanted(view.current, path);
    look();
    return wantedPlace.subscribe(look);
  }, [active, path]);

  const save = shown?.save;
  const retry = () => document?.retry();
  if (save?.kind === "failed" && !shown?.ready && save.error?.code === "too_large") {
    return <PagedViewer {...props} onEdit={retry} />;
  }
  if (save?.kind === "failed" && !shown?.ready) {
    const unsent = document?.client.unsentText();
    const isFile = save.error?.data?.is_file !== false; // and no folder, pipe or device, which have no bytes to show
    if (save.error?.code === "not_text" && isFile && !unsent && !previewOf(path)) {
      return <HexViewer {...props} />;
    }
    return (
      <NotOpened projectId={projectId} path={path} error={save.error} onRetry={retry}>
        {unsent && <CopyUnsaved text={() => unsent} />}
      </NotOpened>
    );
  }
  return (
    <div className="text-editor">
      {save && document && <Bars save={save} document={document} />}
      {!shown?.ready && <Skeleton message={save?.error?.message} />}
      <div className="text-editor-view" ref={place} hidden={!shown?.ready} />
    </div>
  );
}

/** Goes where somebody wants to be in this file, and takes the wish away. */
function goToWanted(view: TextView, path: string): void {
  const wanted = wantedPlace.get();
  if (wanted?.path !== path) return;
  // Not now: the frame may be about to show the file, which gives it the focus and its line.
  setTimeout(() => {
    if (wantedPlace.get() !== wanted) return;
    wantedPlace.set(null);
    view.goTo(wanted.line, wanted.column, wanted.length);
    view.view.focus();
  }, 0);
}
