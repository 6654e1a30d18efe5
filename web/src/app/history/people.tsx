import { HardDrive, UserRound } from "lucide-react";
import type { AccountId, SessionInfo } from "../../protocol/generated";
import type { CollaboratorRow } from "../../store/queries";
import { Avatar } from "../../ui/Avatar";
import { type Face, faceOf } from "../faces";

/** Who an account is; null for one that is not in the project any more. */
export type PersonOf = (accountId: AccountId) => Face | null;

/** The people of a project that several may be in. */
export function personOf(rows: readonly CollaboratorRow[]): PersonOf {
  const people = new Map(rows.map((row) => [row.account_id, faceOf(row)]));
  return (accountId) => people.get(accountId) ?? null;
}

/** The one person of single mode. */
export function onlyMe(info: SessionInfo): PersonOf {
  const { account } = info;
  return () => (account ? faceOf(account) : { name: "You", colour: 0 });
}

/** "Ada Lovelace and Bob Kahn", or "changed on disk", which nobody in the project is known to have done. */
export function namesOf(accountIds: readonly (AccountId | null)[], person: PersonOf): string {
  return new Intl.ListFormat("en").format(accountIds.map((id) => nameOf(id, person)));
}

export function nameOf(accountId: AccountId | null, person: PersonOf): string {
  return accountId === null ? "changed on disk" : (person(accountId)?.name ?? "Somebody who left");
}

/** The faces of those who made a burst. */
export function Authors({ accountIds, person }: { accountIds: readonly (AccountId | null)[]; person: PersonOf }) {
  return (
    <span className="history-faces">
      {accountIds.slice(0, 3).map((id) => {
        const known = id === null ? null : person(id);
        if (known) return <Avatar key={id} {...known} size="small" />;
        return id === null ? <HardDrive key="disk" aria-hidden /> : <UserRound key={id} aria-hidden />;
      })}
    </span>
  );
}
