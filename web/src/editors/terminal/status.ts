import type { EditorProps, EditorStatus, Presence } from "../types";
import type { TerminalSession } from "./session";
import { placeOf, sizeOf, stateSentence } from "./words";

/** What the frame shows of a `.term` file: of the terminal that is meant, and of everybody in any of its terminals. */
export function statusOf(
  sessions: readonly TerminalSession[],
  current: TerminalSession | undefined,
  { account, mayEdit }: Pick<EditorProps, "account" | "mayEdit">,
): EditorStatus {
  const people = new Map<string, Presence>();
  for (const session of sessions) {
    for (const { account_id: accountId, name, colour } of session.client.status.get()?.people ?? [])
      people.set(accountId, {
        clientId: 0,
        accountId,
        name,
        colour,
        avatar: null,
        self: accountId === account.accountId,
      });
  }
  const status = current?.client.status.get() ?? null;
  const online = current?.client.connection.state.get() === "open";
  const place = status ? [placeOf(status.directory), sizeOf(status)].filter(Boolean).join(" · ") : undefined;
  return {
    save: { kind: mayEdit ? "disk" : "read_only", waiting: 0, since: 0, online },
    state: stateSentence(status, online || status === null),
    people: [...people.values()],
    ...(place ? { place } : {}),
  };
}
