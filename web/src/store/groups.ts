/**
 * Groups of tabs: up to four share the editors' room, each with files of its own, of which it shows one. The same file may
 * be in several. Pure: each function answers the next state.
 */
import { type Direction, type Part, type Side, SMALLEST_SHARE } from "../ui/split/split";
import { movedPath } from "./directories";

export const MAX_GROUPS = 4;
/** More tabs than this stay closed when a project is opened again. */
export const MAX_REMEMBERED_TABS = 30;

export interface Group {
  id: string;
  tabs: readonly string[];
  /** The file that it shows. */
  active: string | null;
}

/** Where the groups are: one, or parts in a direction. */
export interface GroupLayout extends Part<GroupLayout> {
  group?: string;
}

export interface Groups {
  groups: readonly Group[];
  layout: GroupLayout;
  /** The group that the person is in: its file is the page's, and what they open comes here. */
  current: string;
}

export const ONE_GROUP: Groups = {
  groups: [{ id: "1", tabs: [], active: null }],
  layout: { group: "1" },
  current: "1",
};

export function groupOf(state: Groups, id: string): Group | undefined {
  return state.groups.find((group) => group.id === id);
}

export function currentGroup(state: Groups): Group {
  return groupOf(state, state.current) ?? (state.groups[0] as Group);
}

/** All files that are open, each once. */
export function openTabs(state: Groups): readonly string[] {
  return [...new Set(state.groups.flatMap((group) => group.tabs))];
}

const change = (state: Groups, id: string, to: (group: Group) => Group): Groups => ({
  ...state,
  groups: state.groups.map((group) => (group.id === id ? to(group) : group)),
});

/** Goes into a group. */
export function entered(state: Groups, id: string): Groups {
  return groupOf(state, id) && state.current !== id ? { ...state, current: id } : state;
}

/**
 * Shows a file: where it is a tab of the current group, there; where another group shows it, by going there; else as a new
 * tab of the current group. With null the current group shows none.
 */
export function shown(state: Groups, path: string | null): Groups {
  const here = currentGroup(state);
  if (path === here.active) return state;
  if (path !== null && !here.tabs.includes(path)) {
    const there = state.groups.find((group) => group.active === path);
    if (there) return entered(state, there.id);
  }
  return change(state, here.id, (group) => ({
    ...group,
    active: path,
    tabs: path === null || group.tabs.includes(path) ? group.tabs : [...group.tabs, path],
  }));
}

/** Closes a tab of a group, which shows the next one then; a group without tabs goes, unless it is the only one. */
export function closed(state: Groups, id: string, path: string): Groups {
  const group = groupOf(state, id);
  if (!group?.tabs.includes(path)) return state;
  const tabs = group.tabs.filter((tab) => tab !== path);
  const index = group.tabs.indexOf(path);
  const active = group.active === path ? (tabs[Math.min(index, tabs.length - 1)] ?? null) : group.active;
  return dropped(
    change(state, id, () => ({ id, tabs, active })),
    id,
  );
}

/** Closes a tab wherever it is. */
export function closedEverywhere(state: Groups, path: string): Groups {
  return state.groups.reduce((next, group) => closed(next, group.id, path), state);
}

/** Without a group that has no tabs. The person is then in the one beside it. */
function dropped(state: Groups, id: string): Groups {
  const group = groupOf(state, id);
  if (!group || group.tabs.length > 0 || state.groups.length === 1) return state;
  const index = state.groups.indexOf(group);
  const groups = state.groups.filter((other) => other !== group);
  const beside = (groups[Math.max(0, index - 1)] as Group).id;
  const layout = pruned(state.layout, (leaf) => leaf !== id) ?? { group: beside };
  return { groups, layout, current: state.current === id ? beside : state.current };
}

/** The layout without leaves that are not kept, and without parts that hold a single one. */
function pruned(layout: GroupLayout, keep: (id: string) => boolean): GroupLayout | null {
  if (layout.group !== undefined) return keep(layout.group) ? layout : null;
  const parts = (layout.parts ?? []).map((part) => pruned(part, keep)).filter((part) => part !== null);
  const [only] = parts;
  if (parts.length <= 1) return only ? withShare(only, layout.share) : null;
  return { ...layout, parts };
}

function withShare(part: GroupLayout, share: number | undefined): GroupLayout {
  const { share: _, ...rest } = part;
  return share === undefined ? rest : { ...rest, share };
}

/**
 * Room for one more on a side of a group; it has a file, or the one that the group shows. Null when there are four, or
 * nothing that it could be beside.
 */
export function split(state: Groups, id: string, side: Side, path?: string): Groups | null {
  const group = groupOf(state, id);
  const file = path ?? group?.active ?? null;
  if (!group || group.tabs.length === 0 || file === null || state.groups.length >= MAX_GROUPS) return null;
  const made = nextId(state);
  const index = state.groups.indexOf(group) + (side === "right" || side === "down" ? 1 : 0);
  return {
    groups: state.groups.toSpliced(index, 0, { id: made, tabs: [file], active: file }),
    layout: inserted(state.layout, id, made, side),
    current: made,
  };
}

function nextId(state: Groups): string {
  for (let number = 1; ; number++) if (!groupOf(state, String(number))) return String(number);
}

function inserted(layout: GroupLayout, beside: string, made: string, side: Side): GroupLayout {
  const direction: Direction = side === "left" || side === "right" ? "row" : "column";
  const isBefore = side === "left" || side === "up";
  if (layout.group === beside) {
    const parts = [{ group: beside }, { group: made }];
    return withShare({ direction, parts: isBefore ? parts.reverse() : parts }, layout.share);
  }
  if (layout.group !== undefined) return layout;
  const parts = layout.parts ?? [];
  const index = parts.findIndex((part) => part.group === beside);
  if (layout.direction !== direction || index < 0)
    return { ...layout, parts: parts.map((part) => inserted(part, beside, made, side)) };
  // Beside its neighbours in the same direction: one more of equals is their equal; else it takes half of the room of the one
  // that was split.
  const shares = parts.map((part) => part.share ?? 1);
  const own = shares[index] ?? 1;
  const areEqual = shares.every((share) => Math.abs(share / own - 1) < 0.02);
  const share = areEqual ? own : Math.max(own / 2, SMALLEST_SHARE / MAX_GROUPS);
  const both = [
    { group: beside, share },
    { group: made, share },
  ];
  return { ...layout, parts: parts.toSpliced(index, 1, ...(isBefore ? both.reverse() : both)) };
}

/** Moves a tab within its group or into another one, before one of its tabs or to the end; it is shown there. */
export function movedTab(state: Groups, path: string, from: string, to: string, before: string | null): Groups {
  const target = groupOf(state, to);
  if (!target || !groupOf(state, from)?.tabs.includes(path)) return state;
  if (from === to) return change(state, to, (group) => ({ ...group, tabs: reordered(group.tabs, path, before) }));
  const arrived = change(state, to, (group) => ({
    ...group,
    active: path,
    tabs: reordered([...group.tabs.filter((tab) => tab !== path), path], path, before),
  }));
  return closed({ ...arrived, current: to }, from, path);
}

/** Moves a tab to a side of a group, where it gets a group of its own; into the group itself when there are four. */
export function movedToSide(state: Groups, path: string, from: string, beside: string, side: Side): Groups {
  const tabs = groupOf(state, from)?.tabs ?? [];
  if (!tabs.includes(path) || (from === beside && tabs.length === 1)) return state;
  const next = split(state, beside, side, path);
  if (next === null) return movedTab(state, path, from, beside, null);
  return closed(next, from, path);
}

/** All tabs in one group. */
export function joined(state: Groups): Groups {
  const here = currentGroup(state);
  const others = openTabs(state).filter((tab) => !here.tabs.includes(tab));
  const group = { ...here, tabs: [...here.tabs, ...others] };
  return { groups: [group], layout: { group: here.id }, current: here.id };
}

/** A file or a folder was renamed: its tabs go along. */
export function renamed(state: Groups, from: string, to: string): Groups {
  const now = (path: string) => movedPath(path, from, to) ?? path;
  return {
    ...state,
    groups: state.groups.map((group) => ({
      ...group,
      tabs: [...new Set(group.tabs.map(now))],
      active: group.active === null ? null : now(group.active),
    })),
  };
}

/** The list with `item` moved before another one, or to the end. */
export function reordered(items: readonly string[], item: string, before: string | null): readonly string[] {
  if (item === before) return items;
  const left = items.filter((other) => other !== item);
  const index = before === null ? left.length : left.indexOf(before);
  return left.toSpliced(index < 0 ? left.length : index, 0, item);
}

/** What was remembered, as far as it makes sense: whatever the input, the answer is a state. */
export function restored(input: unknown): Groups {
  const stored = (typeof input === "object" && input !== null ? input : {}) as Partial<Record<keyof Groups, unknown>>;
  const groups: Group[] = [];
  for (const one of Array.isArray(stored.groups) ? stored.groups : []) {
    const { id, tabs, active } = (one ?? {}) as Partial<Record<keyof Group, unknown>>;
    if (
      typeof id !== "string" ||
      !/^\d{1,9}$/.test(id) ||
      groups.some((group) => group.id === id) ||
      groups.length >= MAX_GROUPS
    )
      continue;
    const paths = Array.isArray(tabs) ? tabs.filter((tab) => typeof tab === "string" && tab !== "") : [];
    const kept = [...new Set(paths as string[])].slice(-MAX_REMEMBERED_TABS);
    if (kept.length > 0)
      groups.push({ id, tabs: kept, active: kept.includes(active as string) ? (active as string) : null });
  }
  const [first] = groups;
  if (!first) return ONE_GROUP;
  const unplaced = new Set(groups.map((group) => group.id));
  const layout = parsedLayout(stored.layout, unplaced, 0);
  const row = { direction: "row" as const, parts: groups.map(({ id }) => ({ group: id })) };
  const whole = layout !== null && unplaced.size === 0 ? layout : row;
  const current = groups.some((group) => group.id === stored.current) ? (stored.current as string) : first.id;
  return { groups, layout: pruned(whole, () => true) ?? { group: first.id }, current };
}

/** Takes the groups that it places out of `unplaced`. */
function parsedLayout(input: unknown, unplaced: Set<string>, depth: number): GroupLayout | null {
  if (typeof input !== "object" || input === null || depth > MAX_GROUPS) return null;
  const { group, direction, parts, share } = input as Partial<Record<keyof GroupLayout, unknown>>;
  const given = typeof share === "number" && share > 0 && Number.isFinite(share) ? { share } : {};
  if (typeof group === "string") return unplaced.delete(group) ? { group, ...given } : null;
  if (!Array.isArray(parts)) return null;
  const good = parts.map((part) => parsedLayout(part, unplaced, depth + 1)).filter((part) => part !== null);
  return { direction: direction === "column" ? "column" : "row", parts: good, ...given };
}
