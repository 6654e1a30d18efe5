import { HUBS, type HubRow, SITE_STATISTICS } from "../../store/administration";
import { useTable } from "../../store/use-table";
import { Notice } from "../../ui/Notice";
import { Skeleton } from "../../ui/Skeleton";
import { useNow } from "../use-now";
import { ago, bytes, exactly } from "../words";

/** Hubs write twice a minute; one that has been silent for this long is not well. */
const SILENT_MS = 90_000;

/** How this Studium is doing; live. */
export function StatisticsSection() {
  const site = useTable(SITE_STATISTICS);
  const hubs = useTable(HUBS);
  const now = useNow(15_000);
  const numbers = site.rows[0];
  const error = site.error ?? hubs.error;
  const living = hubs.rows.filter((hub) => now - Date.parse(hub.seen_at) < SILENT_MS);
  const sum = (of: (hub: HubRow) => number) => living.reduce((total, hub) => total + of(hub), 0);
  if (error) return <Notice kind="danger">{error.message}</Notice>;
  if (!site.loaded || !hubs.loaded) return <Skeleton lines={6} label="Loading the statistics" />;
  return (
    <section className="stack">
      <h2>Statistics</h2>
      {numbers && (
        <>
          <dl className="figures">
            <Figure name="Accounts" value={numbers.accounts} />
            <Figure name="Active in the last day" value={numbers.active_in_day} />
            <Figure name="Active in the last week" value={numbers.active_in_week} />
            <Figure name="Projects" value={numbers.projects} />
            <Figure name="Projects running" value={numbers.running} />
            <Figure name="Connections" value={sum((hub) => hub.connections)} />
            <Figure name="Feeds" value={sum((hub) => hub.feeds)} />
            <Figure name="Database" value={bytes(numbers.database_bytes)} />
            <Figure name="Memory of hubs" value={bytes(sum((hub) => hub.memory_bytes))} />
          </dl>
          <p className="secondary">
            Counted{" "}
            <time dateTime={numbers.measured_at} title={exactly(Date.parse(numbers.measured_at))}>
              {ago(Date.parse(numbers.measured_at), now)}
            </time>
            ; hubs count twice a minute.
          </p>
        </>
      )}
      <h3>Hubs</h3>
      <ul className="hub-list" aria-label="Hubs">
        {hubs.rows.map((hub) => (
          <HubItem key={hub.hub_id} hub={hub} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Figure({ name, value }: { name: string; value: number | string }) {
  return (
    <div className="figure">
      <dt className="secondary">{name}</dt>
      <dd className="numbers">{typeof value === "number" ? value.toLocaleString("en") : value}</dd>
    </div>
  );
}

function HubItem({ hub, now }: { hub: HubRow; now: number }) {
  const seen = Date.parse(hub.seen_at);
  const started = Date.parse(hub.started_at);
  const silent = now - seen >= SILENT_MS;
  return (
    <li className="hub">
      <div className="hub-name">
        <span className={`state-dot ${silent ? "failed" : "running"}`} aria-hidden />
        <span className="project-title truncate">{hub.address || "A hub without an address"}</span>
        <span className="secondary">
          {silent ? "Silent since " : "Alive, seen "}
          <time dateTime={hub.seen_at} title={exactly(seen)}>
            {silent ? exactly(seen) : ago(seen, now)}
          </time>
        </span>
      </div>
      <div className="secondary">
        Studium {hub.version}, started{" "}
        <time dateTime={hub.started_at} title={exactly(started)}>
          {ago(started, now)}
        </time>
        . {hub.projects.toLocaleString("en")} projects, {hub.connections.toLocaleString("en")} connections,{" "}
        {hub.feeds.toLocaleString("en")} feeds, {hub.sockets.toLocaleString("en")} sockets, {bytes(hub.memory_bytes)} of
        memory.
      </div>
    </li>
  );
}
