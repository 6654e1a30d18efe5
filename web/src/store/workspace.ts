import type { EditorStatus, Presence } from "../editors/types";
import { Observable } from "../net/observable";
import type { Person } from "../protocol/generated";
import { movedPath } from "./directories";
import { readStored, writeStored } from "./settings";

/** More tabs than this stay closed when a project is opened again. */
const MAX_REMEMBERED_TABS = 30;

/** What the right panel shows. */
const RIGHT_PANELS = ["people", "log", "first-steps"] as const;
export type RightPanel = (typeof RIGHT_PANELS)[number];

interface Remembered {
  tabs: string[];
  active: string | null;
  sidePanel: boolean;
  rightPanel: RightPanel | null;
  sidePanelWidth: number;
}

export const MIN_PANEL_WIDTH = 160;
export const MAX_PANEL_WIDTH = 520;

/** What is open in one project: tabs, panels, and what the editors say of themselves. Remembered in this browser. */
export class Workspace {
  readonly tabs: Observable<readonly string[]>;
  /** The file that was shown last; where the page goes when the URL names none. */
  active: string | null;
  readonly sidePanel: Observable<boolean>;
  /** What the side panel shows. */
  readonly sideView = new Observable<"files" | "find">("files");
  readonly rightPanel: Observable<RightPanel | null>;
  /** Nobody has opened or closed the right panel in this browser yet. */
  rightPanelIsNew: boolean;
  readonly sidePanelWidth: Observable<number>;
  readonly statuses = new Observable<ReadonlyMap<string, EditorStatus>>(new Map());
  readonly #storageKey: string;
  readonly #keys = new Map<string, string>();
  #lastKey = 0;

  constructor(projectId: string) {
    this.#storageKey = `studium:workspace:${projectId}`;
    const stored = (readStored(this.#storageKey) ?? {}) as Partial<Remembered>;
    const tabs = Array.isArray(stored.tabs) ? stored.tabs.filter((tab) => typeof tab === "string") : [];
    this.tabs = new Observable<readonly string[]>(tabs);
    this.active = typeof stored.active === "string" && tabs.includes(stored.active) ? stored.active : null;
    this.sidePanel = new Observable(stored.sidePanel !== false);
    this.rightPanel = new Observable<RightPanel | null>(
      RIGHT_PANELS.find((panel) => panel === stored.rightPanel) ?? null,
    );
    this.rightPanelIsNew = stored.rightPanel === undefined;
    this.sidePanelWidth = new Observable(panelWidth(Number(stored.sidePanelWidth ?? 240)));
    this.rightPanel.subscribe(() => {
      this.rightPanelIsNew = false;
    });
    for (const part of [this.tabs, this.sidePanel, this.rightPanel, this.sidePanelWidth])
      part.subscribe(this.#remember);
  }

  /** Shows a file: its tab is there from now on. */
  show(path: string | null): void {
    this.active = path;
    if (path !== null && !this.tabs.get().includes(path)) this.tabs.update((tabs) => [...tabs, path]);
    else this.#remember();
  }

  /** Closes a tab; answers the one to show instead when it was the one shown. */
  closeTab(path: string): string | null {
    const tabs = this.tabs.get();
    const index = tabs.indexOf(path);
    const left = tabs.filter((tab) => tab !== path);
    this.#keys.delete(path);
    this.statuses.update((statuses) => new Map([...statuses].filter(([tab]) => tab !== path)));
    if (this.active === path) this.active = left[Math.min(index, left.length - 1)] ?? null;
    this.tabs.set(left);
    return this.active;
  }

  moveTab(path: string, before: string | null): void {
    this.tabs.update((tabs) => reordered(tabs, path, before));
  }

  /** Names the document of a tab: the same for as long as the tab is open, whatever its file is called. */
  keyOf(path: string): string {
    let key = this.#keys.get(path);
    if (key === undefined) {
      key = `document-${++this.#lastKey}`;
      this.#keys.set(path, key);
    }
    return key;
  }

  /** Follows a renaming of a file or a folder: its tabs go along. */
  renamed(from: string, to: string): void {
    for (const [path, key] of [...this.#keys]) {
      const now = movedPath(path, from, to);
      if (now === null) continue;
      this.#keys.delete(path);
      this.#keys.set(now, key);
    }
    this.statuses.update(
      (statuses) => new Map([...statuses].map(([path, status]) => [movedPath(path, from, to) ?? path, status])),
    );
    if (this.active !== null) this.active = movedPath(this.active, from, to) ?? this.active;
    this.tabs.update((tabs) => [...new Set(tabs.map((tab) => movedPath(tab, from, to) ?? tab))]);
  }

  setStatus(path: string, status: EditorStatus): void {
    this.statuses.update((statuses) => new Map(statuses).set(path, status));
  }

  #remember = (): void => {
    writeStored(this.#storageKey, {
      tabs: this.tabs.get().slice(-MAX_REMEMBERED_TABS),
      active: this.active,
      sidePanel: this.sidePanel.get(),
      ...(this.rightPanelIsNew ? {} : { rightPanel: this.rightPanel.get() }),
      sidePanelWidth: this.sidePanelWidth.get(),
    } satisfies Partial<Remembered>);
  };
}

export function panelWidth(wanted: number): number {
  return Math.max(MIN_PANEL_WIDTH, Math.min(MAX_PANEL_WIDTH, Number.isFinite(wanted) ? wanted : 240));
}

/** The list with `item` moved before another one, or to the end. */
export function reordered(items: readonly string[], item: string, before: string | null): readonly string[] {
  if (item === before) return items;
  const left = items.filter((other) => other !== item);
  const index = before === null ? left.length : left.indexOf(before);
  return left.toSpliced(index < 0 ? left.length : index, 0, item);
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
