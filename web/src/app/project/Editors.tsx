import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { bringTextEditor, OpenedFile } from "../../editors/OpenedFile";
import type { EditorStatus } from "../../editors/types";
import { type Group, shown } from "../../store/groups";
import { requestAction } from "../../store/queries";
import { useObservable } from "../../store/react";
import { settings, theme } from "../../store/settings";
import { useTableStore } from "../../store/use-table";
import { Divider } from "../../ui/split/Divider";
import { moved, type Placed, placed, WHOLE } from "../../ui/split/split";
import { PHONE, useMedia } from "../../ui/use-media";
import { Boundary } from "../Boundary";
import { fullName } from "../words";
import { useProject } from "./context";
import { DropZones } from "./DropZones";
import { boxStyle, numberOf, panelStyle } from "./group-boxes";
import { TabStrip } from "./TabStrip";

/**
 * The documents of the open tabs, in up to four groups. One is made when its tab is first shown and stays until the tab is
 * closed, so that going back and forth, and moving it to another group, keeps place, selection and undo.
 */
export function Editors() {
  const { workspace, path, history, shownFiles, enter } = useProject();
  const noted = useObservable(workspace.groups);
  const phone = useMedia(PHONE);
  /** The history or the list of files is in the place of the documents; the tabs stay. */
  const covered = history !== null || shownFiles !== null;
  const alone = phone || covered;
  // The shown file comes before its tab is noted.
  const state = useMemo(() => shown(noted, path), [noted, path]);
  const [dragged, setDragged] = useState<typeof state.layout | null>(null);
  const layout = dragged ?? state.layout;
  const places = useMemo<Placed>(
    () => (alone ? { panes: new Map([[state.current, WHOLE]]), dividers: [] } : placed(layout, (part) => part.group)),
    [alone, state.current, layout],
  );
  const made = useRef(new Set<string>());
  const panels = state.groups.flatMap((group) =>
    group.tabs.map((tab) => {
      const key = workspace.keyOf(group.id, tab);
      const box = tab === group.active && !covered ? places.panes.get(group.id) : undefined;
      const current = tab === group.active && group.id === state.current;
      if (box || current) made.current.add(key);
      return { key, group, tab, box, current };
    }),
  );
  useEffect(() => {
    const open = new Set(panels.map(({ key }) => key));
    for (const key of made.current) if (!open.has(key)) made.current.delete(key);
  });
  useEffect(() => {
    // Once the page has drawn what was asked for.
    const timer = setTimeout(bringTextEditor, 500);
    return () => clearTimeout(timer);
  }, []);
  const groups = state.groups.filter((group) => places.panes.has(group.id));
  return (
    <div
      className={`editors ${covered ? "strip-only" : ""} ${state.groups.every(({ tabs }) => tabs.length === 0) ? "empty-strip" : ""}`}
    >
      {groups.map((group) => (
        <section
          key={group.id}
          className={`editor-group ${group.id === state.current ? "current" : ""}`}
          aria-label={groups.length > 1 ? `Split ${groups.indexOf(group) + 1}` : undefined}
          style={boxStyle(places.panes.get(group.id) ?? WHOLE)}
        >
          <TabStrip groups={phone ? state.groups : [group]} current={state.current} />
        </section>
      ))}
      {panels
        .filter(({ key }) => made.current.has(key))
        // Where an element stands among its siblings never changes: a frame that is moved loads anew.
        .sort((one, other) => numberOf(one.key) - numberOf(other.key))
        .map(({ key, group, tab, box, current }) => (
          <div
            key={key}
            role="tabpanel"
            aria-labelledby={`tab-${group.id}-${tab}`}
            className="editor-panel"
            data-current={current || undefined}
            hidden={box === undefined}
            style={panelStyle(box ?? WHOLE)}
            onPointerDownCapture={() => enter(group.id)}
            onFocusCapture={() => enter(group.id)}
          >
            <Boundary what={`“${tab}”`}>
              <OneEditor group={group} path={tab} active={current} />
            </Boundary>
          </div>
        ))}
      {places.dividers.map((line) => (
        <Divider
          key={[...line.path, line.index].join(".")}
          line={line}
          what="files"
          onMove={(share, done) => {
            const next = moved(layout, line, share);
            setDragged(done ? null : next);
            if (done) workspace.groups.update((now) => ({ ...now, layout: next }));
          }}
        />
      ))}
      {!alone && <DropZones state={state} places={places} />}
    </div>
  );
}

function OneEditor({ group, path, active }: { group: Group; path: string; active: boolean }) {
  const { info, projectId, workspace, acts, line, mayEdit, open } = useProject();
  const store = useTableStore();
  const openHere = useCallback(
    (next: string, at?: number) => {
      workspace.show(next); // each gets its tab, also when several are opened at once
      open(next, at);
    },
    [workspace, open],
  );
  const startProject = useCallback(() => {
    if (store) requestAction(store, projectId, "start").catch(() => {});
  }, [store, projectId]);
  const { keys, fontSize, lineWrap } = useObservable(settings);
  const shownTheme = useObservable(theme);
  const given = useMemo(
    () => ({ keys, fontSize, lineWrap, theme: shownTheme }),
    [keys, fontSize, lineWrap, shownTheme],
  );
  const onStatus = useCallback(
    (status: EditorStatus) => {
      const now = status.path ?? path;
      if (now !== path) acts.movedByOthers(path, now);
      workspace.setStatus(group.id, now, status);
    },
    [workspace, acts, group.id, path],
  );
  const account = info.account;
  return (
    <OpenedFile
      projectId={projectId}
      path={path}
      account={{
        accountId: account?.account_id ?? "local",
        name: account ? fullName(account) : "You",
        colour: account?.colour ?? 0,
      }}
      settings={given}
      active={active}
      mayEdit={mayEdit}
      open={openHere}
      startProject={startProject}
      {...(active && line ? { line } : {})}
      onStatus={onStatus}
    />
  );
}
