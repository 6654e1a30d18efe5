import { useMemo, useState } from "react";
import { SearchField as AriaSearchField, Input } from "react-aria-components";
import type { SessionInfo } from "../../protocol/generated";
import { ACCOUNTS, accountsFrom, FOUND_ACCOUNTS, type ListedAccount } from "../../store/administration";
import { useTable } from "../../store/use-table";
import { More, PORTION } from "../../ui/More";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { count } from "../words";
import { AccountItem } from "./AccountItem";
import { ACCOUNT_ORDERS, type AccountOrder, listedAccounts, SHOWN_ACCOUNTS, type ShownAccounts } from "./account-order";

/** Everybody who has an account here; live. */
export function AccountsSection({ info }: { info: SessionInfo }) {
  const [search, setSearch] = useState("");
  const all = useTable(ACCOUNTS);
  const tooMany = all.error?.code === "too_large";
  return (
    <section className="stack">
      <div className="page-head">
        <h2>Accounts</h2>
        {all.loaded && !all.error && <span className="secondary">{count(all.rows.length, "account")}</span>}
      </div>
      {all.error && !tooMany && <Notice kind="danger">{all.error.message}</Notice>}
      {tooMany ? (
        <FoundAccounts info={info} search={search} onSearch={setSearch} />
      ) : (
        <AllAccounts info={info} rows={all.rows} loaded={all.loaded} search={search} onSearch={setSearch} />
      )}
    </section>
  );
}

interface AccountListProps {
  info: SessionInfo;
  search: string;
  onSearch(text: string): void;
}

function AllAccounts({
  info,
  rows,
  loaded,
  search,
  onSearch,
}: AccountListProps & { rows: readonly ListedAccount[]; loaded: boolean }) {
  const [shown, setShown] = useState<ShownAccounts>("all");
  const [order, setOrder] = useState<AccountOrder>("active");
  const [drawn, setDrawn] = useState(PORTION);
  const found = useMemo(() => listedAccounts(rows, { search, shown, order }), [rows, search, shown, order]);
  return (
    <>
      <div className="project-choice">
        <AccountSearch label="Search by name or address" search={search} onSearch={onSearch} />
        <Select<ShownAccounts> label="Show" hideLabel value={shown} choices={SHOWN_ACCOUNTS} onChange={setShown} />
        <Select<AccountOrder> label="Sort by" hideLabel value={order} choices={ACCOUNT_ORDERS} onChange={setOrder} />
      </div>
      {!loaded && <Skeleton lines={6} label="Loading the accounts" />}
      {loaded && found.length === 0 && (
        <p className="secondary" role="status">
          {search ? "Nobody has this in their name or address." : "There is no such account."}
        </p>
      )}
      <AccountList info={info} rows={found.slice(0, drawn)} />
      <More drawn={drawn} total={found.length} onMore={setDrawn} />
    </>
  );
}

/** Where there are too many to list: those whose address begins so. */
function FoundAccounts({ info, search, onSearch }: AccountListProps) {
  const address = search.trim();
  const query = useMemo(() => accountsFrom(address), [address]);
  const { rows, loaded, error } = useTable(query);
  return (
    <>
      <Notice>
        This site has more accounts than one list holds. Write the beginning of an address to find people; capitals
        count.
      </Notice>
      <AccountSearch label="Search by the beginning of an address" search={search} onSearch={onSearch} />
      {error && <Notice kind="danger">{error.message}</Notice>}
      {loaded && !error && rows.length === 0 && (
        <p className="secondary" role="status">
          No address begins so.
        </p>
      )}
      <AccountList info={info} rows={rows} />
      {rows.length === FOUND_ACCOUNTS && (
        <p className="secondary">These are the first {FOUND_ACCOUNTS}. Write more of the address.</p>
      )}
    </>
  );
}

function AccountSearch({ label, search, onSearch }: { label: string } & Pick<AccountListProps, "search" | "onSearch">) {
  return (
    <AriaSearchField aria-label={label} value={search} onChange={onSearch}>
      <Input className="input" placeholder={label} />
    </AriaSearchField>
  );
}

function AccountList({ info, rows }: { info: SessionInfo; rows: readonly ListedAccount[] }) {
  if (rows.length === 0) return null;
  return (
    <ul className="account-list" aria-label="Accounts">
      {rows.map((row) => (
        <AccountItem key={row.account_id} row={row} isMine={row.account_id === info.account?.account_id} />
      ))}
    </ul>
  );
}
