import { type sendJson as SendJson, sendJson } from "../net/api";
import { Observable } from "../net/observable";
import type { HistoryId, NamedVersion, NamedVersions, NamingAct } from "../protocol/generated";
import type { GetJson } from "./document-history";

/** As the server counts: an emoji is one. */
export const MAX_NAME_CHARACTERS = 100;

/** The names of the versions of one history, the newest version first. Acts are rejected with an `ApiError`. */
export class VersionNames {
  readonly named = new Observable<readonly NamedVersion[]>([]);
  /** The history that they are of; null until the first answer. */
  historyId: HistoryId | null = null;
  readonly #acts: string;
  #asked = 0;

  constructor(
    projectId: string,
    private readonly address: () => string,
    private readonly get: GetJson,
    private readonly send: typeof SendJson = sendJson,
  ) {
    this.#acts = `/projects/${projectId}/named-versions`;
  }

  /** Asks for them, at first and when somebody has changed them. What cannot be had now stays as it was. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    try {
      this.#take(asked, await this.get<NamedVersions>(this.address()));
    } catch {
      // The list of changes, which is asked for at the same time, says what is wrong.
    }
  }

  name(history_id: HistoryId, version: number, name: string): Promise<void> {
    return this.#do({ type: "name", history_id, version, name });
  }

  rename(named: NamedVersion, name: string): Promise<void> {
    return this.#do({ type: "rename", named_version_id: named.named_version_id, name });
  }

  remove(named: NamedVersion): Promise<void> {
    return this.#do({ type: "remove", named_version_id: named.named_version_id });
  }

  /** Takes a removal back. */
  restore(named: NamedVersion): Promise<void> {
    return this.#do({ type: "restore", named_version_id: named.named_version_id });
  }

  async #do(act: NamingAct): Promise<void> {
    const asked = ++this.#asked;
    this.#take(asked, await this.send<NamedVersions>("POST", this.#acts, act));
  }

  /** Only what was asked for last: an earlier answer may be from before. */
  #take(asked: number, answer: NamedVersions): void {
    if (asked !== this.#asked) return;
    this.historyId = answer.history_id;
    this.named.set(answer.named_versions);
  }
}

/** Those of the versions from `first` to `last`, by bisection: there may be a thousand, and as many bursts. */
export function namedWithin(named: readonly NamedVersion[], first: number, last: number): readonly NamedVersion[] {
  return named.slice(
    firstIndex(named, (version) => version <= last),
    firstIndex(named, (version) => version < first),
  );
}

function firstIndex(named: readonly NamedVersion[], fits: (version: number) => boolean): number {
  let low = 0;
  let high = named.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits((named[middle] as NamedVersion).version)) high = middle;
    else low = middle + 1;
  }
  return low;
}
