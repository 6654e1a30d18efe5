import { Folder } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { baseName } from "../../store/directories";
import { knownFolders, matchingFolders } from "../../store/folders";
import { isMasked } from "../../store/masked";
import { useObservable } from "../../store/react";
import { useProject } from "../project/context";

/** More folders than this are found by typing on. */
const MAX_SHOWN = 300;

interface FolderFieldProps {
  /** The path that is typed or chosen. */
  value: string;
  onChange(path: string): void;
  onSubmit(path: string): void;
}

/** A folder of the project, chosen from a tree or typed. */
export function FolderField({ value, onChange, onSubmit }: FolderFieldProps) {
  const { files, title } = useProject();
  const directories = useObservable(files.directories);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    files.explore();
    return () => files.stopExploring();
  }, [files]);
  const folders = useMemo(() => knownFolders(directories, (name) => !isMasked({ name }, () => false)), [directories]);
  const shown = useMemo(() => matchingFolders(folders, typed).slice(0, MAX_SHOWN), [folders, typed]);
  const at = Math.min(active, shown.length - 1);
  const go = (index: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, index));
    setActive(next);
    onChange(shown[next] ?? value);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Enter") onSubmit(value);
    else return;
    event.preventDefault();
  };
  return (
    <div className="folder-field">
      <input
        // biome-ignore lint/a11y/noAutofocus: it is what the dialog is for
        autoFocus
        className="input"
        role="combobox"
        aria-label="Folder"
        aria-expanded
        aria-controls="folder-choices"
        aria-autocomplete="list"
        aria-activedescendant={shown[at] === undefined ? undefined : `folder-${at}`}
        placeholder="Type to find a folder"
        spellCheck={false}
        autoComplete="off"
        value={typed}
        onChange={(event) => {
          const text = event.target.value;
          setTyped(text);
          setActive(0);
          // What is typed need not be known: a folder that is deeper than was looked is meant as it stands.
          onChange(matchingFolders(folders, text)[0] ?? text.replace(/^\/+|\/+$/g, ""));
        }}
        onKeyDown={onKeyDown}
      />
      <div id="folder-choices" ref={list} role="listbox" aria-label="Folders" className="folder-choices" tabIndex={-1}>
        {shown.map((path, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus
          <div
            key={path}
            id={`folder-${index}`}
            role="option"
            aria-selected={path === value}
            className="folder-choice"
            style={{ paddingLeft: 8 + (typed || path === "" ? 0 : path.split("/").length) * 14 }}
            onClick={() => {
              setActive(index);
              onChange(path);
            }}
            onDoubleClick={() => onSubmit(path)}
          >
            <Folder aria-hidden className="tree-icon" />
            <span className="truncate">{path === "" ? title : typed ? path : baseName(path)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
