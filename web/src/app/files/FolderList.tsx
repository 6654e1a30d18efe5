import { type KeyboardEvent, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { commands } from "../../commands/commands";
import { baseName, EMPTY_DIRECTORY, parent } from "../../store/directories";
import { filterEntries, prepare, sortEntries } from "../../store/listing";
import { useObservable } from "../../store/react";
import { kept } from "../../store/selection";
import { othersBelow } from "../../store/workspace";
import { Skeleton } from "../../ui/Skeleton";
import { useProject } from "../project/context";
import { showHidden } from "../project/hidden-files";
import { NameRow } from "../project/NameRow";
import { count } from "../words";
import { FileGrid } from "./FileGrid";
import { FilterField } from "./FilterField";
import { Places } from "./Places";
import { SelectionBar } from "./SelectionBar";
import { sorting } from "./sorting";

/** One folder as a list: sorted, filtered, live. */
export function FolderList({ folder, over }: { folder: string; over: string | null }) {
  const { files, manager, info, open, projectId, goToFolder } = useProject();
  const directories = useObservable(files.directories);
  const order = useObservable(sorting);
  const hidden = useObservable(showHidden);
  const people = useObservable(files.people);
  const { paths } = useObservable(manager.selection);
  const [filter, setFilter] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => files.watch(folder), [files, folder]);

  const directory = directories.get(folder) ?? EMPTY_DIRECTORY;
  const prepared = useMemo(() => prepare(folder, directory), [folder, directory]);
  const myId = info.account?.account_id ?? "";
  const byPeople = order.by === "people" ? people : null;
  const sorted = useMemo(() => {
    const shown = hidden ? prepared : prepared.filter((one) => !one.masked);
    return sortEntries(shown, order, (path, isFolder) => othersBelow(byPeople ?? [], path, isFolder, myId).length);
  }, [prepared, hidden, order, byPeople, myId]);
  // The field shows a key at once; the list follows, and is given up where the next key comes first.
  const wantedNames = useDeferredValue(filter);
  const rows = useMemo(() => filterEntries(sorted, wantedNames), [sorted, wantedNames]);
  const masked = useMemo(() => prepared.filter((one) => one.masked).length, [prepared]);

  // What is gone, or no longer shown, is no longer chosen.
  useEffect(() => {
    if (!directory.loaded) return;
    const shown = new Set(rows.map((row) => row.path));
    manager.selection.update((chosen) => kept(chosen, (path) => shown.has(path)));
  }, [directory.loaded, rows, manager]);

  const wanted = useObservable(manager.wanted);
  const isThere = wanted !== null && directory.entries.has(baseName(wanted)) && parent(wanted) === folder;
  const [revealed, setRevealed] = useState<string | null>(null);
  useEffect(() => {
    if (!isThere || wanted === null) return;
    setFilter("");
    setRevealed(wanted);
    manager.only(wanted);
    manager.wanted.set(null);
  }, [isThere, wanted, manager]);

  const type = useCallback((typed: string) => {
    setFilter((text) => text + typed);
    field.current?.focus();
  }, []);
  const focusList = () => {
    document.querySelector<HTMLElement>(".files-view .tree [role=row][tabindex='0']")?.focus();
  };
  const onFilterKey = (event: KeyboardEvent) => {
    const [first] = filterEntries(sorted, filter); // what the list shows, or is about to
    if (event.key === "Escape" && filter) setFilter("");
    else if (event.key === "ArrowDown" || event.key === "Escape") focusList();
    else if (event.key === "Enter" && first)
      first.entry?.kind === "directory" ? goToFolder(first.path) : open(first.path);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onListKey = (event: KeyboardEvent) => {
    if (event.target instanceof Element && !event.target.closest(".tree")) return;
    if (event.key === "Escape") {
      if (manager.selection.get().paths.size > 0) manager.clear();
      else setFilter("");
    } else if (event.key === "Backspace" && !event.metaKey && folder !== "") goToFolder(parent(folder));
    else return;
    event.preventDefault();
  };

  const empty = useMemo(
    () => <Empty filter={wantedNames} masked={masked} hidden={hidden} />,
    [wantedNames, masked, hidden],
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the rows inside arrive here
    <div className="files-list" onKeyDown={onListKey}>
      <div className="files-bar">
        <FilterField ref={field} value={filter} onChange={setFilter} onKeyDown={onFilterKey} />
        {/* In one place, so that a list does not move under a second click. */}
        {paths.size > 0 ? <SelectionBar /> : <Places shown="folder" />}
      </div>
      <NameRow place="list" />
      {!directory.loaded && <Skeleton lines={10} label="Loading the files" />}
      {directory.error && <p className="tree-note">{directory.error}</p>}
      {directory.loaded && !directory.error && (
        <FileGrid
          key={projectId}
          label={folder ? `Files in ${folder}` : "Files in the project"}
          rows={rows}
          over={over}
          reveal={revealed}
          onType={type}
          empty={empty}
        />
      )}
      <p className="files-foot secondary">
        <span role="status">
          {wantedNames
            ? `${rows.length.toLocaleString("en")} of ${count(sorted.length, "item")}`
            : count(rows.length, "item")}
        </span>
        {directory.truncated && <span>There is more in this folder than the list shows.</span>}
        {masked > 0 && (
          <span>
            {count(masked, "hidden or generated item")} {hidden ? "shown" : "not shown"}{" "}
            <button type="button" className="text-button" onClick={() => commands.run("view.hidden-files")}>
              {hidden ? "Hide" : "Show"}
            </button>
          </span>
        )}
      </p>
    </div>
  );
}

function Empty({ filter, masked, hidden }: { filter: string; masked: number; hidden: boolean }) {
  const { mayEdit } = useProject();
  if (filter)
    return <p className="tree-note">Nothing here has “{filter}” in its name. Escape shows everything again.</p>;
  if (masked > 0 && !hidden) return <p className="tree-note">Only hidden and generated files are here.</p>;
  return (
    <p className="tree-note">
      {mayEdit ? "This folder is empty. Make something with “New”, or drop files here." : "This folder is empty."}
    </p>
  );
}
