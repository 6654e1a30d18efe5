import { endSession, MY_SESSIONS } from "../../store/queries";
import { useTable, useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Skeleton } from "../../ui/Skeleton";
import { browserName } from "../browser-name";
import { ago, exactly } from "../words";

/** Where the person is signed in; live. */
export function SessionList({ current }: { current: string | null }) {
  const store = useTables();
  const { rows, loaded, error } = useTable(MY_SESSIONS);
  const others = rows.filter((row) => row.session_id !== current);
  const end = (ended: typeof rows) => {
    for (const row of ended) endSession(store, row.account_id, row.session_id).catch(() => {});
  };
  return (
    <section className="stack">
      <h2>Where you are signed in</h2>
      {error && <Notice kind="danger">{error.message}</Notice>}
      {!loaded && <Skeleton lines={2} label="Loading your sessions" />}
      <ul className="session-list" aria-label="Sessions">
        {rows.map((row) => {
          const name = browserName(row.user_agent);
          const seen = Date.parse(row.last_seen_at);
          return (
            <li key={row.session_id} className="session">
              <div className="grow">
                <div>{name}</div>
                <div className="secondary">
                  {row.session_id === current ? (
                    "This browser"
                  ) : (
                    <>
                      Last used{" "}
                      <time dateTime={row.last_seen_at} title={exactly(seen)}>
                        {ago(seen, Date.now())}
                      </time>
                    </>
                  )}
                </div>
              </div>
              {row.session_id !== current && (
                <Button aria-label={`Sign out ${name}`} onPress={() => end([row])}>
                  Sign out
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {others.length > 1 && (
        <div>
          <Button onPress={() => end(others)}>Sign out everywhere else</Button>
        </div>
      )}
    </section>
  );
}
