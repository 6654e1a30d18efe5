import { RotateCcw, Trash2 } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { sentence } from "../../net/api";
import { listTrash } from "../../net/jobs";
import { Observable } from "../../net/observable";
import type { TrashListing } from "../../protocol/generated";
import { baseName, parent } from "../../store/directories";
import type { FileRow } from "../../store/file-rows";
import { useObservable } from "../../store/react";
import { kept, NOTHING, type Selection } from "../../store/selection";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/Skeleton";
import { PHONE, useMedia } from "../../ui/use-media";
import { VirtualTree } from "../../ui/VirtualTree";
import { useProject } from "../project/context";
import { count } from "../words";
import { choose } from "./choose";
import { TrashCells, TrashHead } from "./TrashCells";

/** What changes within this time is looked at once. */
const LOOK_AGAIN_MS = 400;

/** What was thrown away, the last first: it can be brought back, or deleted for good. */
export function TrashList() {
  const { manager, mayEdit } = useProject();
  const { listing, problem } = useTrash();
  const phone = useMedia(PHONE);
  const [selection] = useState(() => new Observable<Selection>(NOTHING));
  const { paths: chosen } = useObservable(selection);
  const rows = useMemo(() => (listing?.items ?? []).map(trashRow), [listing]);
  useEffect(() => {
    const there = new Set(rows.map((row) => row.path));
    selection.update((now) => kept(now, (id) => there.has(id)));
  }, [rows, selection]);
  const draw = useCallback(
    (row: FileRow) => <TrashCells row={row} {...(mayEdit && { onRestore: () => void manager.restore([row.path]) })} />,
    [manager, mayEdit],
  );
  if (problem) return <p className="tree-note">{problem}</p>;
  if (!listing) return <Skeleton lines={8} label="Loading the trash" />;
  const ids = [...chosen];
  return (
    <>
      <div className="selection-bar" role="toolbar" aria-label="Actions for the trash">
        <span role="status">
          {ids.length > 0 ? `${count(ids.length, "item")} selected` : count(rows.length, "item")}
          {listing.truncated && ids.length === 0 ? ", the newest; there are more" : ""}
        </span>
        {mayEdit && (
          <>
            <Button look="plain" isDisabled={ids.length === 0} onPress={() => void manager.restore(ids)}>
              <RotateCcw aria-hidden /> <span>Restore</span>
            </Button>
            <Button look="plain" isDisabled={ids.length === 0} onPress={() => manager.emptying.set({ trashIds: ids })}>
              <Trash2 aria-hidden /> <span>Delete for good</span>
            </Button>
            <span className="grow" />
            <Button isDisabled={rows.length === 0} onPress={() => manager.emptying.set({ trashIds: null })}>
              Empty the trash
            </Button>
          </>
        )}
      </div>
      <div className="tree-box file-grid">
        <VirtualTree
          role="grid"
          label="Trash"
          rows={rows}
          rowHeight={phone ? 52 : 32}
          shown={null}
          onAct={(row) => mayEdit && void manager.restore([row.path])}
          onToggle={() => {}}
          selected={chosen}
          onChoose={(id, how) => choose(selection, rows, id, how)}
          head={<TrashHead />}
          empty={<p className="tree-note">The trash is empty. What you move to the trash can be brought back here.</p>}
        >
          {draw}
        </VirtualTree>
      </div>
    </>
  );
}

/** One line of the trash; its key is the id that restores it. */
function trashRow(item: TrashListing["items"][number], index: number, all: readonly unknown[]): FileRow {
  return {
    path: item.trash_id,
    text: baseName(item.path),
    entry: {
      name: parent(item.path),
      kind: item.is_folder ? "directory" : "file",
      size_bytes: item.size_bytes ?? 0,
      modified_at: item.deleted_at,
    },
    level: 1,
    position: index + 1,
    siblings: all.length,
  };
}

/** What is in the trash; looked at again whenever something may have gone there or come back. */
function useTrash() {
  const { projectId, files, manager } = useProject();
  const restored = useObservable(manager.restored);
  const [again, setAgain] = useState(0);
  useEffect(() => {
    const look = () => setAgain((times) => times + 1);
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  }, []);
  const [listing, setListing] = useState<TrashListing | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const directories = useObservable(files.directories);
  const jobs = useObservable(files.jobs);
  const looked = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the files may be one of the trash
  useEffect(() => {
    const look = async () => {
      const number = ++looked.current;
      try {
        const found = await listTrash(projectId);
        if (number !== looked.current) return;
        setListing(found);
        setProblem(null);
      } catch (error) {
        if (number === looked.current) setProblem(sentence(error));
      }
    };
    const timer = setTimeout(() => void look(), looked.current === 0 ? 0 : LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [projectId, directories, jobs, restored, again]);
  return { listing, problem };
}
