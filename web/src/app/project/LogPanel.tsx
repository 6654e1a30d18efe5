import { useMemo, useRef, useState } from "react";
import type { LogKind } from "../../protocol/generated";
import { type LogFilter, type LogRow, logOf } from "../../store/activity";
import { baseName } from "../../store/directories";
import { type CollaboratorRow, collaboratorsOf } from "../../store/queries";
import { useTable } from "../../store/use-table";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { PHONE } from "../../ui/use-media";
import { dayWords, deed, doer, fileOf, happenedAt } from "../activity-words";
import { type Face, faceOf } from "../faces";
import { Link } from "../navigation";
import { fileUrl } from "../routes";
import { useNow } from "../use-now";
import { ago, count, exactly, fullName } from "../words";
import { useProject } from "./context";
import { PanelHead } from "./PanelHead";

/** Entries asked for at once, and the most that one answer holds. */
const PAGE = 100;
const MOST = 10_000;
const ALL = "all";

const KINDS: readonly { value: LogKind | typeof ALL; label: string }[] = [
  { value: ALL, label: "All events" },
  { value: "files", label: "Files" },
  { value: "people", label: "People" },
  { value: "project", label: "Project" },
  { value: "runs", label: "Runs and builds" },
];

/** What has happened in the project, the newest first; live. */
export function LogPanel() {
  const { projectId, path: shown, workspace } = useProject();
  const [limit, setLimit] = useState(PAGE);
  const [person, setPerson] = useState<string>(ALL);
  const [kind, setKind] = useState<LogKind | typeof ALL>(ALL);
  const [file, setFile] = useState<string>(ALL);
  const [words, setWords] = useState("");
  const people = useTable(collaboratorsOf(projectId)).rows;
  const query = useMemo(() => {
    const filter: LogFilter = {
      ...(person === ALL ? {} : { accountId: person }),
      ...(kind === ALL ? {} : { kind }),
      ...(file === ALL ? {} : { path: file }),
    };
    return logOf(projectId, filter, limit);
  }, [projectId, person, kind, file, limit]);
  const { rows, loaded, error } = useTable(query);
  // More of the same list: what is on the screen stays until it has come.
  const before = useRef<readonly LogRow[]>([]);
  if (loaded) before.current = rows;
  const known = loaded || limit > PAGE ? before.current : [];
  const found = known.filter((row) => matches(row, words));
  const filtered = person !== ALL || kind !== ALL || file !== ALL || words.trim() !== "";
  const files = [...new Set([...(shown === null ? [] : [shown]), ...(file === ALL ? [] : [file])])];
  const change = (act: () => void) => {
    act();
    setLimit(PAGE);
  };
  return (
    <aside className="right-panel log-panel" aria-label="Log panel">
      <PanelHead title="Log" close="Close the log" onClose={() => workspace.rightPanel.set(null)} />
      <div className="log-filters">
        <TextField
          label="Search the log"
          type="search"
          value={words}
          onChange={setWords}
          placeholder="A name, a file, a word"
        />
        <div className="log-choices">
          <Select
            label="Person"
            hideLabel
            value={person}
            choices={[
              { value: ALL, label: "Everybody" },
              ...people.map((one) => ({ value: one.account_id, label: fullName(one) })),
            ]}
            onChange={(value) => change(() => setPerson(value))}
          />
          <Select
            label="Kind of event"
            hideLabel
            value={kind}
            choices={KINDS}
            onChange={(value) => change(() => setKind(value))}
          />
        </div>
        {files.length > 0 && (
          <Select
            label="File"
            hideLabel
            value={file}
            choices={[
              { value: ALL, label: "All files" },
              ...files.map((path) => ({ value: path, label: `Only ${baseName(path)}` })),
            ]}
            onChange={(value) => change(() => setFile(value))}
          />
        )}
      </div>
      <div className="log-list">
        {error && <Notice kind="danger">{error.message}</Notice>}
        {!loaded && known.length === 0 && <Skeleton lines={6} label="Loading the log" />}
        <Entries rows={found} people={people} />
        {loaded && found.length === 0 && (
          <p className="tree-note">
            {filtered
              ? `Nothing like that in the newest ${count(known.length, "entry", "entries")}.`
              : "What people do in this project is listed here."}
          </p>
        )}
        {known.length >= limit && limit < MOST && (
          <div className="log-older">
            <Button onPress={() => setLimit(Math.min(MOST, limit + PAGE))}>Show older</Button>
          </div>
        )}
      </div>
    </aside>
  );
}

function Entries({ rows, people }: { rows: readonly LogRow[]; people: readonly CollaboratorRow[] }) {
  const now = useNow();
  const faces = useMemo(() => new Map(people.map((one) => [one.account_id, faceOf(one)])), [people]);
  const days = new Map<string, LogRow[]>();
  for (const row of rows) {
    const day = dayWords(happenedAt(row), now);
    const entries = days.get(day);
    if (entries) entries.push(row);
    else days.set(day, [row]);
  }
  return [...days].map(([day, entries]) => (
    <section key={day} aria-label={day}>
      <h3 className="log-day">{day}</h3>
      <ul className="log-entries">
        {entries.map((row) => (
          <Entry key={row.log_id} row={row} now={now} face={faces.get(row.account_id ?? "")} />
        ))}
      </ul>
    </section>
  ));
}

function Entry({ row, now, face }: { row: LogRow; now: number; face: Face | undefined }) {
  const { projectId, workspace } = useProject();
  // On a phone the panel lies over the file that the link goes to.
  const onFollow = () => {
    if (matchMedia(PHONE).matches) workspace.rightPanel.set(null);
  };
  const at = happenedAt(row);
  const file = fileOf(row);
  const inside = (
    <>
      {row.name ? (
        <Avatar {...(face ?? { name: row.name, colour: 0 })} size="small" />
      ) : (
        <span className="log-dot" aria-hidden />
      )}
      <span className="log-text" title={row.path ?? undefined}>
        <strong>{doer(row)}</strong> {deed(row)}{" "}
        <time className="secondary" dateTime={new Date(at).toISOString()} title={exactly(at)}>
          · {ago(at, now)}
        </time>
      </span>
    </>
  );
  return (
    <li>
      {file === null ? (
        <span className="log-entry">{inside}</span>
      ) : (
        <Link className="log-entry" href={fileUrl(projectId, file)} onClick={onFollow}>
          {inside}
        </Link>
      )}
    </li>
  );
}

function matches(row: LogRow, words: string): boolean {
  const text = `${doer(row)} ${deed(row)} ${row.path ?? ""}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
