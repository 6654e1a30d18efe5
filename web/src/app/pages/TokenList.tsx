import { Trash2 } from "lucide-react";
import { useState } from "react";
import { type ApiTokenRow, deleteApiToken, MY_API_TOKENS } from "../../store/api-tokens";
import { useTable, useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { Skeleton } from "../../ui/Skeleton";
import { ago, exactly, onDay } from "../words";
import { NewTokenDialog } from "./NewTokenDialog";

/** The tokens by which a person's scripts act for them; live. */
export function TokenList() {
  const { rows, loaded, error } = useTable(MY_API_TOKENS);
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState<ApiTokenRow | null>(null);
  return (
    <section className="stack">
      <h2>API tokens</h2>
      <p className="secondary">A script that has a token acts for you, without your password.</p>
      {error && <Notice kind="danger">{error.message}</Notice>}
      {!loaded && <Skeleton lines={2} label="Loading your API tokens" />}
      {rows.length > 0 && (
        <ul className="session-list" aria-label="API tokens">
          {rows.map((row) => (
            <li key={row.token_id} className="session">
              <div className="grow">
                <div>{row.name || "Without a name"}</div>
                <div className="secondary">
                  {row.scope === "read_only" ? "Read only" : "Full access"} · <Used token={row} /> ·{" "}
                  <Ends token={row} />
                </div>
              </div>
              <IconButton label={`Delete the token ${row.name}`} onPress={() => setDeleting(row)}>
                <Trash2 aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <div>
        <Button onPress={() => setMaking(true)}>Make token</Button>
      </div>
      <NewTokenDialog isOpen={making} onClose={() => setMaking(false)} />
      <DeleteTokenDialog token={deleting} onClose={() => setDeleting(null)} />
    </section>
  );
}

function Time({ at }: { at: string }) {
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={exactly(time)}>
      {ago(time, Date.now())}
    </time>
  );
}

function Used({ token }: { token: ApiTokenRow }) {
  if (token.last_used_at === null)
    return (
      <>
        made <Time at={token.created_at} />, never used
      </>
    );
  const hours = Date.now() - Date.parse(token.last_used_at) < 3_600_000;
  return (
    <>
      made <Time at={token.created_at} />, used{" "}
      {hours ? (
        <time dateTime={token.last_used_at} title={exactly(Date.parse(token.last_used_at))}>
          within the hour
        </time>
      ) : (
        <Time at={token.last_used_at} />
      )}
    </>
  );
}

function Ends({ token }: { token: ApiTokenRow }) {
  if (token.expires_at === null) return <>does not end</>;
  const ends = Date.parse(token.expires_at);
  return (
    <>
      ends on{" "}
      <time dateTime={token.expires_at} title={exactly(ends)}>
        {onDay(ends)}
      </time>
    </>
  );
}

/** A token that is gone cannot come back: nobody but its script has it. */
function DeleteTokenDialog({ token, onClose }: { token: ApiTokenRow | null; onClose(): void }) {
  const store = useTables();
  const end = () => {
    if (token) deleteApiToken(store, token).catch(() => {}); // the store says what went wrong
    onClose();
  };
  return (
    <Dialog title="Delete token" isOpen={token !== null} onClose={onClose}>
      <p>
        Scripts that use {token?.name ? <strong>{token.name}</strong> : "this token"} stop working at once. A deleted
        token cannot be brought back; you can make a new one.
      </p>
      <div className="dialog-acts">
        <Button onPress={onClose}>Keep token</Button>
        <Button look="danger" onPress={end}>
          Delete token
        </Button>
      </div>
    </Dialog>
  );
}
