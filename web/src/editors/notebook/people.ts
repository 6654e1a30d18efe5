/** Which cell everybody else is in, as their pages tell by awareness. */
import type { Awareness } from "y-protocols/awareness";
import { Observable } from "../../net/observable";
import type { DocumentClient } from "../../sync/document-client";
import type { Presence } from "../types";
import type { Selection } from "./session";

const NOBODY: readonly Presence[] = [];

export class PeopleInCells {
  readonly cells = new Observable<ReadonlyMap<string, readonly Presence[]>>(new Map());
  /** The account whose cell is kept in view. */
  readonly following = new Observable<string | null>(null);
  readonly #awareness: Awareness;

  constructor(private readonly client: DocumentClient) {
    this.#awareness = client.awareness;
    this.#awareness.on("change", this.#heard);
    this.#heard();
  }

  in(id: string): readonly Presence[] {
    return this.cells.get().get(id) ?? NOBODY;
  }

  cellOf(accountId: string): string | undefined {
    for (const [id, people] of this.cells.get()) if (people.some((one) => one.accountId === accountId)) return id;
    return undefined;
  }

  tell({ active, mode }: Selection): void {
    const state = this.#awareness.getLocalState();
    const told = state?.cell as { id?: unknown; mode?: unknown } | undefined;
    if (state && (told?.id !== active || told.mode !== mode)) {
      this.#awareness.setLocalStateField("cell", { id: active, mode });
    }
  }

  destroy(): void {
    this.#awareness.off("change", this.#heard);
  }

  readonly #heard = (): void => {
    const found = new Map<string, Presence[]>();
    const me = this.client.presence().find(({ self }) => self)?.accountId;
    for (const person of this.client.presence()) {
      if (person.self || person.accountId === me) continue;
      const state = this.#awareness.getStates().get(person.clientId) as { cell?: { id?: unknown } } | undefined;
      const id = state?.cell?.id;
      if (typeof id !== "string") continue;
      const there = found.get(id) ?? [];
      if (!there.some(({ accountId }) => accountId === person.accountId)) found.set(id, [...there, person]);
    }
    const old = this.cells.get();
    let isSame = old.size === found.size;
    for (const [id, people] of found) {
      const before = old.get(id);
      if (before && sameFaces(before, people)) found.set(id, before as Presence[]);
      else isSame = false;
    }
    if (!isSame) this.cells.set(found);
  };
}

const sameFaces = (a: readonly Presence[], b: readonly Presence[]): boolean =>
  a.length === b.length &&
  a.every((one, index) => {
    const other = b[index];
    return one.accountId === other?.accountId && one.name === other.name && one.colour === other.colour;
  });
