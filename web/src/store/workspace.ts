import type { EditorStatus, Presence } from "../editors/types";
import { Observable } from "../net/observable";
import type { Person } from "../protocol/generated";
import type { Side } from "../ui/split/split";
import { movedPath } from "./directories";
import {
  closed,
  closedEverywhere,
  currentGroup,
  type Groups,
  movedTab,
  movedToSide,
  openTabs,
  renamed,
  restored,
  shown,
} from "./groups";
import { readStored, writeStored } from "./settings";

/** What the right panel shows. */
const RIGHT_PANELS = ["people", "log", "first-steps"] as const;
export type RightPanel = (typeof RIGHT_PANELS)[number];

/** What is remembered of a project, in this browser. */
interface Remembered {
  groups: Groups;
  /** When they last changed, in Unix milliseconds. */
  groupsAt: number;
  sidePanel: boolean;
  rightPanel: RightPanel | null;
  sidePanelWidth: number;
}

export const MIN_PANEL_WIDTH = 160;
export const MAX_PANEL_WIDTH = 520;

/** What is open in one project: tabs in groups, panels, and what the editors say of themselves. */
export class Workspace {
  readonly groups: Observable<Groups>;
  /** All open files, each once. */
  readonly tabs: Observable<readonly string[]>;
  readonly sidePanel: Observable<boolean>;
  /** What the side panel shows. */
  readonly sideView = new Observable<"files" | "find">("files");
  readonly rightPanel: Observable<RightPanel | null>;
  /** Nobody has opened or closed the right panel in this browser yet. */
  rightPanelIsNew: boolean;
  readonly sidePanelWidth: Observable<number>;
  /** What the editor of each file says; of a file that is open twice, the one that the person is in. */
  readonly statuses = new Observable<ReadonlyMap<string, EditorStatus>>(new Map());
  #groupsAt: number;
  /** When what this page began with was last changed. */
  readonly #rememberedAt: number;
  readonly #storageKey: string;
  readonly #keys = new Map<string, string>();
  readonly #told = new Map<string, EditorStatus>();
  #lastKey = 0;

  constructor(projectId: string) {
    this.#storageKey = `studium:workspace:${projectId}`;
    const stored = (readStored(this.#storageKey) ?? {}) as Partial<Remembered>;
    this.groups = new Observable(restored(stored.groups));
    this.#rememberedAt = Number(stored.groupsAt) || 0;
    this.#groupsAt = this.#rememberedAt;
    this.tabs = new Observable(openTabs(this.groups.get()));
    this.sidePanel = new Observable(stored.sidePanel !== false);
    this.rightPanel = new Observable<RightPanel | null>(
      RIGHT_PANELS.find((panel) => panel === stored.rightPanel) ?? null,
    );
    this.rightPanelIsNew = stored.rightPanel === undefined;
    this.sidePanelWidth = new Observable(panelWidth(Number(stored.sidePanelWidth ?? 240)));
    this.rightPanel.subscribe(() => {
      this.rightPanelIsNew = false;
    });
    this.groups.subscribe(() => this.#groupsChanged());
    for (const part of [this.groups, this.sidePanel, this.rightPanel, this.sidePanelWidth])
      part.subscribe(this.#remember);
  }

  /** The file that was shown last; where the page goes when the URL names none. */
  get active(): string | null {
    return currentGroup(this.groups.get()).active;
  }

  /** The tabs beside the one that the person is in. */
  get currentTabs(): readonly string[] {
    return currentGroup(this.groups.get()).tabs;
  }

  /** Shows a file, which has a tab from now on; with null none. */
  show(path: string | null): void {
    this.groups.update((state) => shown(state, path));
  }

  /** Closes a tab of a group, or of all; answers the file that is shown then. */
  closeTab(path: string, group?: string): string | null {
    this.groups.update((state) => (group === undefined ? closedEverywhere(state, path) : closed(state, group, path)));
    return this.active;
  }

  /** Moves a tab within its group or into another one, and its editor with it. */
  moveTab(path: string, from: string, to: string, before: string | null): void {
    this.#moved(path, from, movedTab(this.groups.get(), path, from, to, before));
  }

  /** Moves a tab to a side of a group, into one of its own. */
  moveToSide(path: string, from: string, beside: string, side: Side): void {
    this.#moved(path, from, movedToSide(this.groups.get(), path, from, beside, side));
  }

  /** Names the document of a tab: the same for as long as the tab is open, wherever it is and whatever its file is called. */
  keyOf(group: string, path: string): string {
    const place = placeOf(group, path);
    let key = this.#keys.get(place);
    if (key === undefined) {
      key = `document-${++this.#lastKey}`;
      this.#keys.set(place, key);
    }
    return key;
  }

  /** Follows a renaming of a file or a folder: its tabs go along. */
  renamed(from: string, to: string): void {
    for (const [place, key] of [...this.#keys]) {
      const [group = "", path = ""] = partsOf(place);
      const now = movedPath(path, from, to);
      if (now === null) continue;
      this.#keys.delete(place);
      this.#keys.set(placeOf(group, now), key);
    }
    this.groups.update((state) => renamed(state, from, to));
  }

  setStatus(group: string, path: string, status: EditorStatus): void {
    this.#told.set(this.keyOf(group, path), status);
    this.#sumUp();
  }

  /** The groups as text, for the account. */
  written(): string {
    const text = JSON.stringify({ at: this.#groupsAt, ...this.groups.get() });
    return text.replace(/[\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16)}`);
  }

  /** Takes what was written elsewhere, unless it is older than what is here; the file that is shown stays shown. */
  takeOver(text: string): void {
    let written: { at?: unknown };
    try {
      written = JSON.parse(text) as { at?: unknown };
    } catch {
      return; // of a page that writes otherwise
    }
    const at = Number(written?.at);
    if (!(at > this.#rememberedAt)) return;
    const { active } = this;
    const groups = restored(written);
    this.groups.set(active === null ? groups : shown(groups, active));
    this.#groupsAt = at;
    this.#remember();
  }

  #moved(path: string, from: string, next: Groups): void {
    const place = placeOf(from, path);
    const key = this.#keys.get(place);
    const to = placeOf(next.current, path);
    if (key !== undefined && to !== place && !this.#keys.has(to)) {
      this.#keys.delete(place);
      this.#keys.set(to, key);
    }
    this.groups.set(next);
  }

  #groupsChanged(): void {
    this.#groupsAt = Date.now();
    const { groups } = this.groups.get();
    const places = new Set(groups.flatMap((group) => group.tabs.map((tab) => placeOf(group.id, tab))));
    for (const [place, key] of [...this.#keys]) {
      if (places.has(place)) continue;
      this.#keys.delete(place);
      this.#told.delete(key);
    }
    const tabs = openTabs(this.groups.get());
    if (tabs.join("\n") !== this.tabs.get().join("\n")) this.tabs.set(tabs);
    this.#sumUp();
  }

  #sumUp(): void {
    const state = this.groups.get();
    const here = currentGroup(state);
    const statuses = new Map<string, EditorStatus>();
    for (const group of [...state.groups.filter((other) => other !== here), here]) {
      for (const tab of group.tabs) {
        const status = this.#told.get(this.#keys.get(placeOf(group.id, tab)) ?? "");
        if (status) statuses.set(tab, status);
      }
    }
    const before = this.statuses.get();
    const same = before.size === statuses.size && [...statuses].every(([path, one]) => before.get(path) === one);
    if (!same) this.statuses.set(statuses);
  }

  #remember = (): void => {
    writeStored(this.#storageKey, {
      groups: this.groups.get(),
      groupsAt: this.#groupsAt,
      sidePanel: this.sidePanel.get(),
      ...(this.rightPanelIsNew ? {} : { rightPanel: this.rightPanel.get() }),
      sidePanelWidth: this.sidePanelWidth.get(),
    } satisfies Partial<Remembered>);
  };
}

const placeOf = (group: string, path: string) => `${group}/${path}`;
/** The group, whose id has no slash, and the path. */
const partsOf = (place: string) => [place.slice(0, place.indexOf("/")), place.slice(place.indexOf("/") + 1)];

export function panelWidth(wanted: number): number {
  return Math.max(MIN_PANEL_WIDTH, Math.min(MAX_PANEL_WIDTH, Number.isFinite(wanted) ? wanted : 240));
}

export interface PersonHere extends Presence {
  path: string;
}

/** Everybody else in a file, each person once, however many tabs they have. */
export function othersIn(status: EditorStatus | undefined, myAccountId: string): Presence[] {
  const people = new Map<string, Presence>();
  for (const person of status?.people ?? []) {
    if (!person.self && person.accountId !== myAccountId && !people.has(person.accountId))
      people.set(person.accountId, person);
  }
  return [...people.values()];
}

/**
 * Everybody else in the project, each person once, with a file that they are in: one that is open here, else the one that
 * they came to last.
 */
export function peopleHere(
  statuses: ReadonlyMap<string, EditorStatus>,
  myAccountId: string,
  inProject: readonly Person[] = [],
): PersonHere[] {
  const people = new Map<string, PersonHere>();
  for (const [path, status] of statuses) {
    for (const person of othersIn(status, myAccountId)) {
      if (!people.has(person.accountId)) people.set(person.accountId, { ...person, path });
    }
  }
  for (const { account_id: accountId, name, colour, avatar, path } of inProject.toReversed()) {
    if (accountId !== myAccountId && !people.has(accountId))
      people.set(accountId, { clientId: 0, accountId, name, colour, avatar: avatar ?? null, self: false, path });
  }
  return [...people.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Everybody else in a file, or below a folder, each person once. */
export function othersBelow(
  inProject: readonly Person[],
  path: string,
  folder: boolean,
  myAccountId: string,
): Person[] {
  const people = new Map<string, Person>();
  for (const person of inProject) {
    const below = folder ? person.path.startsWith(`${path}/`) : person.path === path;
    if (below && person.account_id !== myAccountId && !people.has(person.account_id))
      people.set(person.account_id, person);
  }
  return [...people.values()];
}
