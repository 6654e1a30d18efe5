import { Columns2, Link as LinkIcon, Rows2, X } from "lucide-react";
import { type DragEvent, type KeyboardEvent, type MouseEvent, useEffect, useRef, useState } from "react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import type { EditorStatus } from "../../editors/types";
import { baseName } from "../../store/directories";
import { type Group, MAX_GROUPS } from "../../store/groups";
import { useObservable } from "../../store/react";
import { othersIn } from "../../store/workspace";
import { Avatar } from "../../ui/Avatar";
import { IconButton } from "../../ui/IconButton";
import { ContextMenu, MenuItem, MenuSeparator } from "../../ui/Menu";
import type { Side } from "../../ui/split/split";
import { faceOfPresence } from "../faces";
import { useProject } from "./context";
import { type DraggedTab, draggedTab, dragTab, isTabDrag } from "./drag";
import { FileIcon } from "./FileIcon";

/** More faces than this would hide the name. */
const MAX_FACES = 3;

/**
 * The open files of a group; on a phone, which shows one, of all. Arrow keys move between them, Delete closes, the middle
 * button closes, dragging orders them and takes them to other groups.
 */
export function TabStrip({ groups, current }: { groups: readonly Group[]; current: string }) {
  const { workspace, path: onPage, open, close, enter } = useProject();
  const statuses = useObservable(workspace.statuses);
  const splitKey = useKeyOf("view.split-right");
  const strip = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState<{ at: { x: number; y: number }; tab: DraggedTab } | null>(null);
  const tabs = groups.flatMap((group) => group.tabs.map((path) => ({ group: group.id, path })));
  const only = groups.length === 1 ? groups[0] : undefined;
  const isShown = ({ group, path }: DraggedTab) => (only ? path === only.active : group === current && path === onPage);
  const active = tabs.find(isShown);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another tab is shown
  useEffect(() => {
    strip.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active?.path, active?.group, tabs.length]);
  if (tabs.length === 0) return null;

  const show = ({ group, path }: DraggedTab) => {
    enter(group);
    open(path);
  };
  const focusTab = (index: number) => {
    const next = tabs[(index + tabs.length) % tabs.length];
    if (!next) return;
    show(next);
    strip.current?.querySelectorAll<HTMLElement>('[role="tab"]')[(index + tabs.length) % tabs.length]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const tab = tabs[index];
    const acts: Record<string, () => void> = {
      ArrowRight: () => focusTab(index + 1),
      ArrowLeft: () => focusTab(index - 1),
      Home: () => focusTab(0),
      End: () => focusTab(tabs.length - 1),
      Delete: () => tab && close(tab.path, tab.group),
    };
    const act = acts[event.key];
    if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };
  const onContextMenu = (event: MouseEvent, tab: DraggedTab) => {
    event.preventDefault();
    const box = event.currentTarget.getBoundingClientRect();
    const byKey = event.button !== 2;
    setMenu({ at: byKey ? { x: box.left, y: box.bottom } : { x: event.clientX, y: event.clientY }, tab });
  };
  const drop = (event: DragEvent, before: DraggedTab | null) => {
    const moved = draggedTab(event.dataTransfer);
    const to = before?.group ?? only?.id;
    if (!moved || to === undefined) return;
    event.preventDefault();
    workspace.moveTab(moved.path, moved.group, to, before?.path ?? null);
    if (workspace.active !== null) open(workspace.active);
  };
  const allow = (event: DragEvent) => {
    if (isTabDrag(event.dataTransfer)) event.preventDefault();
  };
  return (
    <div className="tab-bar">
      <div
        ref={strip}
        className="tab-strip"
        role="tablist"
        aria-label="Open files"
        tabIndex={-1}
        onDragOver={allow}
        onDrop={(event) => event.target === event.currentTarget && drop(event, null)}
      >
        {tabs.map((tab, index) => (
          <div
            key={`${tab.group}-${tab.path}`}
            role="tab"
            id={`tab-${tab.group}-${tab.path}`}
            tabIndex={tab === active || (!active && index === 0) ? 0 : -1}
            aria-selected={tab === active}
            aria-label={`${baseName(tab.path)}${isDirty(statuses.get(tab.path)) ? ", not on disk yet" : ""}`}
            title={tab.path}
            className="tab"
            draggable
            onDragStart={(event) => dragTab(event.dataTransfer, tab)}
            onDragOver={allow}
            onDrop={(event) => drop(event, tab)}
            onClick={() => show(tab)}
            onContextMenu={(event) => onContextMenu(event, tab)}
            onAuxClick={(event) => {
              if (event.button === 1) close(tab.path, tab.group);
            }}
            onMouseDown={(event) => {
              if (event.button === 1) event.preventDefault(); // no scrolling by the middle button here
            }}
            onKeyDown={(event) => onKeyDown(event, index)}
          >
            <FileIcon entry={{ name: tab.path, kind: "file" }} />
            <span className="truncate">{baseName(tab.path)}</span>
            <TabPeople status={statuses.get(tab.path)} />
            {/* For the mouse; keys have Delete and the command. */}
            <span
              className={`tab-close ${isDirty(statuses.get(tab.path)) ? "dirty" : ""}`}
              aria-hidden
              title={`Close ${baseName(tab.path)}`}
              onClick={(event) => {
                event.stopPropagation();
                close(tab.path, tab.group);
              }}
            >
              <X />
            </span>
          </div>
        ))}
      </div>
      {only?.id === current && only.active !== null && (
        <IconButton label="Split right" shortcut={splitKey} onPress={() => commands.run("view.split-right")}>
          <Columns2 aria-hidden />
        </IconButton>
      )}
      <TabMenu menu={menu} onClose={() => setMenu(null)} />
    </div>
  );
}

/** What can be done with a tab, at its right click or menu key. */
function TabMenu({
  menu,
  onClose,
}: {
  menu: { at: { x: number; y: number }; tab: DraggedTab } | null;
  onClose(): void;
}) {
  const { workspace, acts, close, splitOff } = useProject();
  const { groups } = useObservable(workspace.groups);
  const closeKey = useKeyOf("tab.close");
  const { group, path } = menu?.tab ?? { group: "", path: "" };
  const others = groups.find(({ id }) => id === group)?.tabs.filter((tab) => tab !== path) ?? [];
  const full = groups.length >= MAX_GROUPS;
  const splitTo = (side: Side) => splitOff(side, group, path);
  return (
    <ContextMenu at={menu?.at ?? null} label={`Actions for the tab ${baseName(path)}`} onClose={onClose}>
      <MenuItem id="close" icon={X} shortcut={closeKey} onAction={() => close(path, group)}>
        Close
      </MenuItem>
      <MenuItem
        id="close-others"
        isDisabled={others.length === 0}
        onAction={() => {
          for (const tab of others) close(tab, group);
        }}
      >
        Close others
      </MenuItem>
      <MenuSeparator />
      <MenuItem id="right" icon={Columns2} isDisabled={full} onAction={() => splitTo("right")}>
        Split right
      </MenuItem>
      <MenuItem id="down" icon={Rows2} isDisabled={full} onAction={() => splitTo("down")}>
        Split down
      </MenuItem>
      <MenuSeparator />
      <MenuItem id="copy-link" icon={LinkIcon} onAction={() => void acts.copyLink(path)}>
        Copy link
      </MenuItem>
    </ContextMenu>
  );
}

/** Something typed that the file on disk does not hold yet. */
export function isDirty(status: EditorStatus | undefined): boolean {
  return status !== undefined && ["waiting", "server", "not_saved"].includes(status.save.kind);
}

function TabPeople({ status }: { status: EditorStatus | undefined }) {
  const { info } = useProject();
  return othersIn(status, info.account?.account_id ?? "")
    .slice(0, MAX_FACES)
    .map((person) => <Avatar key={person.accountId} {...faceOfPresence(person)} size="small" />);
}
