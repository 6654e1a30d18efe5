/** The list of accounts: which are shown, in what order. Pure. */

import type { ListedAccount } from "../../store/administration";
import { fullName } from "../words";

export type AccountOrder = "active" | "name" | "created";
export type ShownAccounts = "all" | "administrators" | "disabled";

export const ACCOUNT_ORDERS: readonly { value: AccountOrder; label: string }[] = [
  { value: "active", label: "Last active" },
  { value: "name", label: "Name" },
  { value: "created", label: "Newest" },
];

export const SHOWN_ACCOUNTS: readonly { value: ShownAccounts; label: string }[] = [
  { value: "all", label: "All accounts" },
  { value: "administrators", label: "Administrators" },
  { value: "disabled", label: "Disabled" },
];

export interface AccountChoice {
  search: string;
  shown: ShownAccounts;
  order: AccountOrder;
}

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Accounts with every word of the search in their name or address. */
export function listedAccounts(rows: readonly ListedAccount[], choice: AccountChoice): ListedAccount[] {
  const words = choice.search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows
    .filter((row) => {
      if (choice.shown === "administrators" && !row.administrator) return false;
      if (choice.shown === "disabled" && !row.disabled) return false;
      const text = `${row.first_name} ${row.last_name} ${row.email_address}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort(COMPARE[choice.order]);
}

const byName = (a: ListedAccount, b: ListedAccount) =>
  names.compare(fullName(a), fullName(b)) || a.email_address.localeCompare(b.email_address);
const COMPARE: Record<AccountOrder, (a: ListedAccount, b: ListedAccount) => number> = {
  name: byName,
  // Times are texts of one length, so their order is that of the times; who never came is last.
  active: (a, b) => compareText(b.last_active_at ?? "", a.last_active_at ?? "") || byName(a, b),
  created: (a, b) => compareText(b.created_at, a.created_at) || byName(a, b),
};

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
