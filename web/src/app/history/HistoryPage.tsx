import { useMemo } from "react";
import type { SessionInfo } from "../../protocol/generated";
import { collaboratorsOf, type ProjectRow } from "../../store/queries";
import { useTable } from "../../store/use-table";
import { type ShownHistory, useProject } from "../project/context";
import { DeletedFiles } from "./DeletedFiles";
import { History } from "./History";
import "./history.css";
import { onlyMe, type PersonOf, personOf } from "./people";

interface HistoryPageProps {
  shown: ShownHistory;
  /** Null in single mode. */
  project: ProjectRow | null;
}

/** The history in the place of the editors: of the file that is shown, of one that was deleted, or the list of those. */
export default function HistoryPage({ shown, project }: HistoryPageProps) {
  const { info } = useProject();
  return project ? <Shared info={info} shown={shown} project={project} /> : <Single info={info} shown={shown} />;
}

function Single({ info, shown }: { info: SessionInfo; shown: ShownHistory }) {
  const person = useMemo(() => onlyMe(info), [info]);
  return <Shown shown={shown} person={person} mayWrite />;
}

function Shared({ info, shown, project }: { info: SessionInfo; shown: ShownHistory; project: ProjectRow }) {
  const { rows } = useTable(collaboratorsOf(project.project_id));
  const person = useMemo(() => personOf(rows), [rows]);
  const me = rows.find((row) => row.account_id === info.account?.account_id);
  return <Shown shown={shown} person={person} mayWrite={me !== undefined && me.role !== "viewer"} />;
}

function Shown({ shown, person, mayWrite }: { shown: ShownHistory; person: PersonOf; mayWrite: boolean }) {
  const { deleted, path, place } = shown;
  if (path === null) return <DeletedFiles mayWrite={mayWrite} />;
  const key = `${deleted} ${place.history} ${path}`;
  return <History key={key} path={path} deleted={deleted} given={place} person={person} mayWrite={mayWrite} />;
}
