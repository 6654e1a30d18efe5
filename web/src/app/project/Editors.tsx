import { Suspense, useCallback, useEffect, useMemo, useRef } from "react";
import type { EditorStatus } from "../../editors/types";
import { requestAction } from "../../store/queries";
import { useObservable } from "../../store/react";
import { settings, theme } from "../../store/settings";
import { useTableStore } from "../../store/use-table";
import { Skeleton } from "../../ui/Skeleton";
import { Boundary } from "../Boundary";
import { fullName } from "../words";
import { useProject } from "./context";
import { editorComponent } from "./editors";

/**
 * The documents of the open tabs. One is made when its tab is first shown and stays until the tab is closed, so that going
 * back and forth keeps place, selection and undo.
 */
export function Editors() {
  const { workspace, path } = useProject();
  const tabs = useObservable(workspace.tabs);
  const shown = useRef(new Set<string>());
  if (path !== null) shown.current.add(workspace.keyOf(path));
  // The shown file comes before its tab is noted.
  const mounted = [...new Set(path === null ? tabs : [...tabs, path])].filter((tab) =>
    shown.current.has(workspace.keyOf(tab)),
  );
  useEffect(() => {
    const open = new Set([...tabs, ...(path === null ? [] : [path])].map((tab) => workspace.keyOf(tab)));
    for (const key of shown.current) if (!open.has(key)) shown.current.delete(key);
  }, [tabs, path, workspace]);
  return (
    <div className="editors">
      {mounted.map((tab) => (
        <div
          key={workspace.keyOf(tab)}
          role="tabpanel"
          aria-labelledby={`tab-${tab}`}
          className="editor-panel"
          hidden={tab !== path}
        >
          <Boundary what={`“${tab}”`}>
            <Suspense fallback={<Skeleton lines={8} label={`Opening ${tab}`} />}>
              <OneEditor path={tab} active={tab === path} />
            </Suspense>
          </Boundary>
        </div>
      ))}
    </div>
  );
}

function OneEditor({ path, active }: { path: string; active: boolean }) {
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
  const Editor = editorComponent(path);
  const onStatus = useCallback(
    (status: EditorStatus) => {
      const now = status.path ?? path;
      if (now !== path) acts.movedByOthers(path, now);
      workspace.setStatus(now, status);
    },
    [workspace, acts, path],
  );
  const account = info.account;
  return (
    <Editor
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
