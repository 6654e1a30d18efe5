import { File, Folder, Link, PackageOpen } from "lucide-react";
import { useEffect, useId, useMemo, useState } from "react";
import { encodePath, getJson, sendJson, sentence } from "../../net/api";
import type { ArchiveEntry, ArchiveListing, JobAnswer, JobOperation } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/Skeleton";
import { toast } from "../../ui/toast-queue";
import { type ListCell, VirtualList } from "../../ui/VirtualList";
import { bytesWords as sizeWords } from "../notebook/kernel-words";
import type { EditorProps } from "../types";
import { useFileVersion } from "../viewer/use-file-version";
import { useViewerStatus } from "../viewer/use-viewer-status";
import { ViewerBar } from "../viewer/ViewerBar";
import { ViewerProblem } from "../viewer/ViewerProblem";
import { matching, summary } from "./entries";
import "./archive.css";

const ROW_HEIGHT = 28;
const HEAD: readonly ListCell[] = [
  { content: "Name" },
  { className: "archive-size", content: "Size" },
  { className: "archive-time", content: "Changed" },
];
const times = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/** What is in an archive; nothing of it is unpacked. */
export default function ArchiveViewer(props: EditorProps) {
  const { projectId, path, mayEdit, onStatus } = props;
  const [version, again] = useFileVersion(projectId, path);
  const [listing, setListing] = useState<ArchiveListing | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [filter, setFilter] = useState("");
  const id = useId();
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when the file was written
  useEffect(() => {
    let gone = false;
    getJson<ArchiveListing>(`/projects/${projectId}/views/${encodePath(path)}?as=archive`).then(
      (found) => {
        if (gone) return;
        setListing(found);
        setProblem(null);
      },
      (error: unknown) => !gone && setProblem(error),
    );
    return () => {
      gone = true;
    };
  }, [projectId, path, version]);
  useViewerStatus(onStatus, "Archive, read only");
  const entries = useMemo(() => matching(listing?.entries ?? [], filter), [listing, filter]);

  const extract = () => {
    const operation: JobOperation = { type: "extract", path };
    sendJson<JobAnswer>("POST", `/projects/${projectId}/operations`, operation).then(
      () => toast(`Extracting ${path.slice(path.lastIndexOf("/") + 1)} into a new folder beside it.`),
      (error: unknown) => toast(sentence(error), { danger: true }),
    );
  };
  if (problem !== null) {
    return <ViewerProblem projectId={projectId} path={path} problem={problem} onRetry={again} />;
  }
  if (listing === null) return <Skeleton lines={8} label="Listing the archive" />;
  return (
    <div className="viewer">
      <ViewerBar projectId={projectId} path={path} label="Archive" about={summary(listing, sizeWords)}>
        <span className="viewer-field">
          <label htmlFor={id}>Filter</label>
          <input
            id={id}
            className="input"
            type="search"
            autoComplete="off"
            spellCheck={false}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        </span>
        {mayEdit && (
          <Button onPress={extract}>
            <PackageOpen aria-hidden />
            Extract here
          </Button>
        )}
      </ViewerBar>
      <p className="viewer-note" role="status">
        {listing.partial ||
          (entries.length === 0 ? (filter ? "Nothing has such a name." : "The archive is empty.") : "")}
      </p>
      <div className="viewer-body">
        <VirtualList
          label="Contents of the archive"
          count={entries.length}
          rowHeight={ROW_HEIGHT}
          className="archive"
          rowClassName="archive-row"
          head={HEAD}
          cells={(row) => cellsOf(entries[row] as ArchiveEntry)}
          active={props.active}
        />
      </div>
    </div>
  );
}

function cellsOf(entry: ArchiveEntry): ListCell[] {
  const Icon = entry.kind === "directory" ? Folder : entry.target ? Link : File;
  const time = entry.modified_at == null ? null : new Date(entry.modified_at * 1000);
  const name = (
    <>
      <Icon aria-hidden />
      <bdi className="truncate" title={entry.path}>
        {entry.path}
      </bdi>
      {entry.target && <bdi className="secondary truncate">to {entry.target}</bdi>}
      {entry.encrypted && <span className="secondary">with a password</span>}
    </>
  );
  const size = entry.size_bytes == null || entry.kind === "directory" ? "" : sizeWords(entry.size_bytes);
  return [
    { className: "archive-name", content: name, header: true },
    { className: "archive-size numbers", content: size },
    { className: "archive-time numbers", content: time && !Number.isNaN(time.getTime()) ? times.format(time) : "" },
  ];
}
