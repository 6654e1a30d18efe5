import { TROUBLED_MAIL } from "../../store/queries";
import { useTable } from "../../store/use-table";
import { Notice } from "../../ui/Notice";
import { ago, exactly } from "../words";

/** Messages of the last days that did not go out, or not at the first try; live. */
export function FailedMail() {
  const { rows, error } = useTable(TROUBLED_MAIL);
  if (error) return <Notice kind="danger">{error.message}</Notice>;
  if (rows.length === 0) return null;
  return (
    <>
      <h3>Messages that were not sent</h3>
      <ul className="session-list" aria-label="Messages that were not sent">
        {rows.map((row) => {
          const at = Date.parse(row.created_at);
          return (
            <li key={row.mail_id} className="session">
              <div className="grow">
                <div>
                  {row.subject}, to {row.to_address}
                </div>
                <div className="secondary">
                  {row.state === "failed" ? "Given up" : "Waits for another try"}, written{" "}
                  <time dateTime={row.created_at} title={exactly(at)}>
                    {ago(at, Date.now())}
                  </time>
                  {row.reason && `. ${row.reason}`}
                </div>
              </div>
            </li>
          );
        })}
      </ul>
    </>
  );
}
