import { X } from "lucide-react";
import { type DragEvent, type KeyboardEvent, useEffect, useRef } from "react";
import type { EditorStatus } from "../../editors/types";
import { baseName } from "../../store/directories";
import { useObservable } from "../../store/react";
import { othersIn } from "../../store/workspace";
import { Avatar } from "../../ui/Avatar";
import { faceOfPresence } from "../faces";
import { useProject } from "./context";
import { FileIcon } from "./FileIcon";

/** More faces than this would hide the name. */
const MAX_FACES = 3;
const DRAG_TYPE = "application/x-studium-tab";

/** The open files. Arrow keys move between them, Delete closes, the middle button closes, dragging orders. */
export function TabStrip() {
  const { workspace, path: shown, open, close } = useProject();
  const tabs = useObservable(workspace.tabs);
  const statuses = useObservable(workspace.statuses);
  const strip = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another tab is shown
  useEffect(() => {
    strip.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [shown, tabs.length]);
  if (tabs.length === 0) return null;

  const focusTab = (index: number) => {
    const next = tabs[(index + tabs.length) % tabs.length];
    if (!next) return;
    open(next);
    strip.current?.querySelectorAll<HTMLElement>('[role="tab"]')[(index + tabs.length) % tabs.length]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const acts: Record<string, () => void> = {
      ArrowRight: () => focusTab(index + 1),
      ArrowLeft: () => focusTab(index - 1),
      Home: () => focusTab(0),
      End: () => focusTab(tabs.length - 1),
      Delete: () => close(tabs[index] ?? ""),
    };
    const act = acts[event.key];
    if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };
  const drop = (event: DragEvent, before: string | null) => {
    const moved = event.dataTransfer.getData(DRAG_TYPE);
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation();
    workspace.moveTab(moved, before);
  };
  const allow = (event: DragEvent) => {
    if (event.dataTransfer.types.includes(DRAG_TYPE)) event.preventDefault();
  };
  return (
    <div
      ref={strip}
      className="tab-strip"
      role="tablist"
      aria-label="Open files"
      tabIndex={-1}
      onDragOver={allow}
      onDrop={(event) => drop(event, null)}
    >
      {tabs.map((tab, index) => (
        <div
          key={tab}
          role="tab"
          id={`tab-${tab}`}
          tabIndex={tab === shown || (!tabs.includes(shown ?? "") && index === 0) ? 0 : -1}
          aria-selected={tab === shown}
          aria-label={`${baseName(tab)}${isDirty(statuses.get(tab)) ? ", not on disk yet" : ""}`}
          title={tab}
          className="tab"
          draggable
          onDragStart={(event) => event.dataTransfer.setData(DRAG_TYPE, tab)}
          onDragOver={allow}
          onDrop={(event) => drop(event, tab)}
          onClick={() => open(tab)}
          onAuxClick={(event) => {
            if (event.button === 1) close(tab);
          }}
          onMouseDown={(event) => {
            if (event.button === 1) event.preventDefault(); // no scrolling by the middle button here
          }}
          onKeyDown={(event) => onKeyDown(event, index)}
        >
          <FileIcon entry={{ name: tab, kind: "file" }} />
          <span className="truncate">{baseName(tab)}</span>
          <TabPeople status={statuses.get(tab)} />
          {/* For the mouse; keys have Delete and the command. */}
          <span
            className={`tab-close ${isDirty(statuses.get(tab)) ? "dirty" : ""}`}
            aria-hidden
            title={`Close ${baseName(tab)}`}
            onClick={(event) => {
              event.stopPropagation();
              close(tab);
            }}
          >
            <X />
          </span>
        </div>
      ))}
    </div>
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
