import { Awareness, removeAwarenessStates } from "y-protocols/awareness";
import type { Doc } from "yjs";
import type { Presence } from "./save-state";

/**
 * Awareness without timers. The server owns presence: it takes away whoever disconnects, and a timer here would only drop
 * people whose hidden tabs renew themselves late.
 */
export function createAwareness(doc: Doc): Awareness {
  const awareness = new Awareness(doc);
  clearInterval((awareness as unknown as { _checkInterval: ReturnType<typeof setInterval> })._checkInterval);
  return awareness;
}

/** Nobody else is known any more. Their clocks go too: when we are back, the same state of the same clock is news. */
export function forgetOthers(awareness: Awareness, origin: unknown): void {
  const others = [...awareness.getStates().keys()].filter((id) => id !== awareness.clientID);
  if (others.length > 0) removeAwarenessStates(awareness, others, origin);
  for (const client of [...awareness.meta.keys()]) {
    if (client !== awareness.clientID) awareness.meta.delete(client);
  }
}

/** People in the document, oneself first. Whatever others sent is looked at before it is believed. */
export function listPeople(awareness: Awareness): Presence[] {
  const people: Presence[] = [];
  for (const [clientId, state] of awareness.getStates()) {
    const user = (state as { user?: { account_id?: unknown; name?: unknown; colour?: unknown; avatar?: unknown } })
      .user;
    if (!user) continue;
    people.push({
      clientId,
      accountId: typeof user.account_id === "string" ? user.account_id : "",
      name: typeof user.name === "string" ? user.name : "Somebody",
      colour: typeof user.colour === "number" ? Math.abs(Math.trunc(user.colour)) % 12 : clientId % 12,
      avatar: typeof user.avatar === "string" ? user.avatar : null,
      self: clientId === awareness.clientID,
    });
  }
  return people.sort((a, b) => Number(b.self) - Number(a.self) || a.clientId - b.clientId);
}
