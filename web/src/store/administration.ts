/** What administrators see and change: accounts, limits, numbers. */

import type { Row } from "./live-table";
import type { TableQuery, TableStore } from "./tables";

/** Anybody's account, as administrators see it. */
export interface ListedAccount {
  account_id: string;
  first_name: string;
  last_name: string;
  email_address: string;
  administrator: boolean;
  disabled: boolean;
  created_at: string;
  last_active_at: string | null;
}

const ACCOUNT_FIELDS = {
  account_id: null,
  first_name: null,
  last_name: null,
  email_address: null,
  administrator: null,
  disabled: null,
  created_at: null,
  last_active_at: null,
};

/** All accounts. Past 10,000 the server refuses so long a list: see `accountsFrom`. */
export const ACCOUNTS: TableQuery<ListedAccount> = { table: "accounts", fields: ACCOUNT_FIELDS, key: ["account_id"] };

/** As many accounts are shown of a site that has too many to list. */
export const FOUND_ACCOUNTS = 100;

/** Accounts whose address begins so, in its order: what is searched where there are too many to list. */
export function accountsFrom(address: string): TableQuery<ListedAccount> {
  return {
    table: "accounts",
    fields: { ...ACCOUNT_FIELDS, email_address: { ">=": address, "<": `${address}\u{10ffff}` } },
    options: [{ order_by: "email_address" }, { limit: FOUND_ACCOUNTS }],
    key: ["account_id"],
  };
}

export function changeAccount(
  store: TableStore,
  accountId: string,
  change: { disabled: boolean } | { administrator: boolean },
): Promise<Row> {
  return store.write("accounts", { account_id: accountId, ...change }, { quiet: true });
}

/** A hub that runs. */
export interface HubRow {
  hub_id: string;
  address: string;
  version: string;
  started_at: string;
  seen_at: string;
  connections: number;
  feeds: number;
  sockets: number;
  projects: number;
  memory_bytes: number;
  /** What the hub was configured with. */
  project_limits: { memory_bytes?: number; cpu_cores?: number; processes?: number };
}

export const HUBS: TableQuery<HubRow> = {
  table: "hubs",
  fields: {
    hub_id: null,
    address: null,
    version: null,
    started_at: null,
    seen_at: null,
    connections: null,
    feeds: null,
    sockets: null,
    projects: null,
    memory_bytes: null,
    project_limits: null,
  },
  key: ["hub_id"],
  compare: (a, b) => a.started_at.localeCompare(b.started_at) || a.hub_id.localeCompare(b.hub_id),
};

/** The numbers of the whole site: one row. */
export interface SiteStatisticsRow {
  name: string;
  measured_at: string;
  accounts: number;
  active_in_day: number;
  active_in_week: number;
  projects: number;
  running: number;
  database_bytes: number;
}

export const SITE_STATISTICS: TableQuery<SiteStatisticsRow> = {
  table: "site_statistics",
  fields: {
    name: null,
    measured_at: null,
    accounts: null,
    active_in_day: null,
    active_in_week: null,
    projects: null,
    running: null,
    database_bytes: null,
  },
  key: ["name"],
};

export type LimitName =
  | "idle_minutes"
  | "idle_minutes_most"
  | "running_projects"
  | "project_memory_bytes"
  | "project_cores"
  | "project_processes";

/** Sets a limit of the site; null gives back the default. */
export function setLimit(store: TableStore, name: LimitName, value: number | null): Promise<Row> {
  if (value === null) return store.write("site_settings", { name }, { quiet: true, delete: true });
  return store.write("site_settings", { name, value }, { quiet: true });
}
