import { FileClock, X } from "lucide-react";
import { useEffect } from "react";
import { encodePath, getJson, sentence } from "../../net/api";
import type { DeletedDocument, VersionText } from "../../protocol/generated";
import { DeletedFiles as DeletedFilesStore } from "../../store/deleted-documents";
import { baseName, parent } from "../../store/directories";
import { useObservable } from "../../store/react";
import { useResource } from "../../store/resource";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { toast } from "../../ui/toast-queue";
import { Link, navigate } from "../navigation";
import { useProject } from "../project/context";
import { historyUrl, projectUrl } from "../routes";
import { ago, count, exactly } from "../words";
import { BringBack, useBringBack } from "./BringBack";

/** Files that are not there any more: what they were, and having them back. */
export function DeletedFiles({ mayWrite }: { mayWrite: boolean }) {
  const { projectId } = useProject();
  const store = useResource(projectId, (id) => new DeletedFilesStore(id));
  useEffect(() => void store?.refresh(), [store]);
  return (
    <section className="deleted-files" aria-labelledby="deleted-files-title">
      <div className="deleted-head">
        <h2 id="deleted-files-title">Deleted files</h2>
        <IconButton label="Close the deleted files" onPress={() => navigate(projectUrl(projectId))}>
          <X aria-hidden />
        </IconButton>
      </div>
      {store && <List store={store} mayWrite={mayWrite} />}
    </section>
  );
}

function List({ store, mayWrite }: { store: DeletedFilesStore; mayWrite: boolean }) {
  const { projectId } = useProject();
  const { documents, more, loaded, problem } = useObservable(store.list);
  const bringBack = useBringBack("");
  const now = Date.now();
  if (!loaded) return <Skeleton lines={4} label="Looking for deleted files" />;
  if (problem !== null) return <p role="alert">{problem}</p>;
  if (documents.length === 0) {
    return (
      <div className="empty">
        <FileClock aria-hidden />
        <h2>No deleted files</h2>
        <p>A text file that is deleted stays here with all its versions, so that it can be read and brought back.</p>
      </div>
    );
  }
  const start = async (document: DeletedDocument) => {
    try {
      const address = `/projects/${projectId}/history/${encodePath(document.path)}`;
      const query = new URLSearchParams({ version: String(document.versions), history: document.history_id });
      const { text } = await getJson<VersionText>(`${address}?${query}`);
      bringBack.start(text, document.path);
    } catch (error) {
      toast(`“${baseName(document.path)}” was not brought back. ${sentence(error)}`, { danger: true });
    }
  };
  return (
    <>
      <ul className="deleted-list" aria-label="Deleted files, the last one first">
        {documents.map((document) => {
          const ended = document.ended_at * 1000;
          const name = baseName(document.path);
          return (
            <li key={document.history_id}>
              <div className="deleted-words">
                <Link
                  href={historyUrl(projectId, document.path, placeOf(document), true)}
                  aria-label={`History of ${document.path}`}
                >
                  {name}
                </Link>
                <span className="secondary">
                  {parent(document.path) && `in ${parent(document.path)}, `}
                  {"last changed "}
                  <time dateTime={new Date(ended).toISOString()} title={exactly(ended)}>
                    {ago(ended, now)}
                  </time>
                  {`, ${count(document.versions, "version")}`}
                </span>
              </div>
              {mayWrite && (
                <Button
                  aria-label={`Bring back ${document.path}`}
                  isDisabled={bringBack.busy}
                  onPress={() => void start(document)}
                >
                  Bring back
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {more && <p className="secondary">There are older ones, which this list does not show.</p>}
      <BringBack {...bringBack} />
    </>
  );
}

const placeOf = (document: DeletedDocument) => ({
  version: null,
  compare: null,
  history: document.history_id as string,
});
