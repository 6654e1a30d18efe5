import { Lock } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { type DirectoryMessage, EventsSocket } from "../../net/events-socket";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { onDemand } from "../../ui/on-demand";
import { DownloadLink } from "../preview/DownloadLink";
import { NotOpened } from "../preview/NotOpened";
import { Skeleton } from "../text/shown";
import type { EditorProps, EditorStatus } from "../types";
import "../text/text.css";
import { FindBar } from "./FindBar";
import { Pager } from "./Pager";
import { PageView } from "./page-view";
import { PagedFile } from "./paged-file";
import "./pages.css";

/** For files that are no text. */
const HexViewer = onDemand(
  () => import("../hex"),
  () => <Skeleton />,
);

/** Files up to this size become documents (`MAX_EDITABLE_BYTES` of the server). */
const MAX_EDITABLE_BYTES = 10 * 1024 * 1024;
/** A file that changes all the time is looked at again at most this often. */
const LOOK_EVERY_MS = 500;

export interface PagedViewerProps extends EditorProps {
  /** Opens the file to be edited, once it has become small enough. */
  onEdit?(): void;
}

/** A text file that is too large to be edited: one page at a time, read only. */
export default function PagedViewer(props: PagedViewerProps) {
  const { projectId, path, settings, active, line, onEdit } = props;
  const file = useMemo(() => new PagedFile(projectId, path), [projectId, path]);
  const { page, target, problem } = useObservable(file.shown);
  const following = useObservable(file.following);
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<PageView | null>(null);
  const findField = useRef<HTMLInputElement>(null);
  const lineField = useRef<HTMLInputElement>(null);
  const [needle, setNeedle] = useState({ text: "", matchCase: false });
  const latest = useRef({ needle, file });
  latest.current = { needle, file };
  const onStatus = useRef(props.onStatus);
  onStatus.current = props.onStatus;

  const findNext = (backward: boolean) => {
    const { needle, file } = latest.current;
    if (needle.text === "") findField.current?.focus();
    else void file.find(needle.text, { backward, matchCase: needle.matchCase });
  };
  const tell = useRef<() => void>(() => undefined);
  tell.current = () => {
    const shown = file.shown.get();
    const at = view.current?.position();
    const message = "it is read in pages. Download it to change it";
    const status: EditorStatus = {
      save: {
        kind: "read_only",
        waiting: 0,
        since: 0,
        online: true,
        error: { code: "too_large", message },
      },
      people: [],
      language: "Plain text",
    };
    if (shown.problem) status.save = { ...status.save, kind: "failed", error: shown.problem };
    if (at?.line != null) status.position = { line: at.line, column: at.column, selected: at.selected };
    onStatus.current(status);
  };

  useEffect(() => () => file.close(), [file]);
  useFileChanges(projectId, path, file);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is looked for is read when a key is pressed
  useEffect(() => {
    if (!place.current) return;
    const page = (step: -1 | 1) => {
      const now = file.shown.get().page;
      if (!now || now.page + step < 1 || now.page + step > now.pages) return false;
      void file.go(now.page + step);
      return true;
    };
    const made = new PageView(
      place.current,
      path,
      {
        find: () => findField.current?.focus(),
        findNext,
        goToLine: () => lineField.current?.focus(),
        page,
        first: () => void file.go(1),
        last: () => void file.goToEnd(),
      },
      () => tell.current(),
    );
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, [file, path]);

  useEffect(() => {
    if (line === undefined) void file.go(1);
    else void file.goToLine(line);
  }, [file, line]);
  useEffect(() => view.current?.apply(settings), [settings]);
  useEffect(() => {
    if (page) view.current?.show(page, target, file.following.get());
  }, [file, page, target]);
  const loaded = page !== null;
  useEffect(() => {
    if (active && loaded) view.current?.view.focus();
  }, [active, loaded]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the status is made of these
  useEffect(() => tell.current(), [page, problem]);

  if (problem?.code === "not_text" && !page) {
    return <HexViewer {...props} />;
  }
  if (problem && !page) {
    return <NotOpened projectId={projectId} path={path} error={problem} onRetry={() => void file.refresh()} />;
  }
  const editable = page !== null && page.size_bytes <= MAX_EDITABLE_BYTES;
  return (
    <div className="text-editor paged">
      <div className="text-editor-bar paged-why" role="note">
        <Lock aria-hidden />
        <span>{why(page?.size_bytes ?? null, page?.replaced ?? false)}</span>
        {editable && onEdit && <Button onPress={onEdit}>Open to edit</Button>}
        <DownloadLink projectId={projectId} path={path} />
      </div>
      <div className="paged-tools">
        <Pager file={file} lineField={lineField} back={() => view.current?.view.focus()} />
        <FindBar
          file={file}
          field={findField}
          needle={needle}
          onNeedle={setNeedle}
          onFind={findNext}
          back={() => view.current?.view.focus()}
        />
        <label className="paged-check">
          <input
            type="checkbox"
            checked={following}
            onChange={(event) => void file.follow(event.currentTarget.checked)}
          />
          Follow the end
        </label>
      </div>
      <Said file={file} />
      <div className="text-editor-view" ref={place} hidden={page === null} />
    </div>
  );
}

/** What is going on, or has happened, for eyes and screen readers alike. */
function Said({ file }: { file: PagedFile }) {
  const { busy, note, problem } = useObservable(file.shown);
  const sentence = busy ?? problem?.message ?? note;
  return (
    <div className="paged-said" role="status">
      {sentence && <span>{sentence}</span>}
      {busy?.includes("…") && busy !== "Reading…" && <Button onPress={() => file.stop()}>Stop</Button>}
    </div>
  );
}

function why(size: number | null, replaced: boolean): string {
  const limit = "files above 10 MB are not edited here";
  const first =
    size === null
      ? `Read only, in pages: ${limit}.`
      : size <= MAX_EDITABLE_BYTES
        ? "Read only, in pages."
        : `Read only, in pages: this file has ${megabytes(size)}, and ${limit}.`;
  return replaced ? `${first} Some bytes on this page are not UTF-8 text; they are shown as �.` : first;
}

/** In steps of 1,024, as the limit is counted. */
function megabytes(size: number): string {
  const value = size / 2 ** 20;
  return value < 1000 ? `${Math.round(value)} MB` : `${(value / 1024).toFixed(1)} GB`;
}

/** Has the file looked at again when something has happened to it. */
function useFileChanges(projectId: string, path: string, file: PagedFile): void {
  useEffect(() => {
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    const events = new EventsSocket(projectId);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const concerns = (event: DirectoryMessage) =>
      event.type === "directory_failed" ||
      event.entries.some(
        (entry) => entry.name === name && isNews(file, entry.size_bytes ?? 0, entry.modified_at ?? 0),
      ) ||
      (event.type === "directory_changed" && event.removed.includes(name));
    const stop = events.subscribe(path.slice(0, Math.max(0, slash)), (event) => {
      if (!concerns(event)) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void file.refresh();
      }, LOOK_EVERY_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
      events.close();
    };
  }, [projectId, path, file]);
}

function isNews(file: PagedFile, size: number, modified: number): boolean {
  const { page } = file.shown.get();
  return page !== null && (page.size_bytes !== size || Math.abs(page.modified_at - modified) > 0.001);
}
