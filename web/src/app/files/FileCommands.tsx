import { useCommands } from "../../commands/react";
import type { Command } from "../../commands/registry";
import { parent } from "../../store/directories";
import { navigate } from "../navigation";
import { useProject } from "../project/context";
import { type FilesPlace, filesUrl } from "../routes";
import { chooseFolder } from "./chosen-files";
import { type FileCommandId, fileCommandNames } from "./command-names";
import { focusedRow } from "./focused-row";
import { isArchive } from "./kinds";
import { useStars } from "./stars";

/** What the commands for lists of files do; shows nothing. */
export function FileCommands() {
  const { manager, acts, mayEdit, path, shownFiles, projectId, info } = useProject();
  const stars = useStars();
  /** What is meant: the row with the focus and all that is chosen with it, what is chosen, or the file that is shown. */
  const targets = (): string[] => {
    const row = focusedRow();
    if (row !== null) return manager.meant(row);
    const chosen = manager.chosen();
    // Beside a document one chosen row is just the file that is shown, or was.
    if (shownFiles === null && chosen.length < 2) return path === null ? [] : [path];
    return chosen.length > 0 ? chosen : path === null ? [] : [path];
  };
  const inList = () => focusedRow() !== null;
  const any = () => targets().length > 0;
  const mayChange = () => mayEdit && any();
  const folder = () => manager.folder ?? (path === null ? "" : parent(path));
  const show = (place: FilesPlace) => () => navigate(filesUrl(projectId, place));
  const focus = (selector: string) => () => {
    if (shownFiles?.view !== "folder") navigate(filesUrl(projectId, { view: "folder", folder: folder() }));
    requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus()));
  };
  const archive = () => targets().find((one) => isArchive(one) && manager.kindOf(one) === "file");
  const runs: Record<FileCommandId, Pick<Command, "run" | "when" | "keyWhen">> = {
    "view.files": { run: () => show({ view: "folder", folder: folder() })() },
    "files.recent": { when: () => info.mode === "multi", run: show({ view: "recent" }) },
    "files.starred": { run: show({ view: "starred" }) },
    "files.show-trash": { run: show({ view: "trash" }) },
    "files.filter": { run: focus(".filter-field input") },
    "files.command-line": { when: () => mayEdit, run: focus(".command-line input") },
    "file.trash": { when: mayChange, keyWhen: inList, run: () => void manager.trash(targets()) },
    "file.duplicate": { when: mayChange, run: () => void manager.duplicate(targets()) },
    "file.download": { when: any, run: () => void manager.download(targets()) },
    "files.copy": { when: mayChange, keyWhen: inList, run: () => manager.hold(targets(), false) },
    "files.cut": { when: mayChange, keyWhen: inList, run: () => manager.hold(targets(), true) },
    "files.paste": {
      when: () => mayEdit && manager.clipboard.get() !== null,
      keyWhen: () => inList() || document.activeElement?.closest(".files-view .tree") !== null,
      run: () => manager.paste(folder()),
    },
    "files.move": { when: mayChange, run: () => manager.whereTo.set({ kind: "move", paths: targets() }) },
    "files.copy-to": { when: mayChange, run: () => manager.whereTo.set({ kind: "copy", paths: targets() }) },
    "files.to-project": {
      when: () => info.mode === "multi" && any(),
      run: () => manager.toProject.set(targets()),
    },
    "files.compress": { when: mayChange, run: () => void manager.compress(targets(), "zip") },
    "files.extract": {
      when: () => mayEdit && archive() !== undefined,
      run: () => void manager.extract(archive() ?? ""),
    },
    "files.download-project": { run: () => void manager.download([""]) },
    "files.star": {
      when: any,
      run: () => {
        for (const one of targets()) stars.toggle(one);
      },
    },
    "files.from-url": { when: () => mayEdit, run: () => manager.fetching.set({ folder: folder() }) },
    "files.upload-folder": {
      when: () => mayEdit,
      run: () => chooseFolder((chosen) => void acts.upload(folder(), chosen)),
    },
  };
  useCommands(fileCommandNames.map((named): Command => ({ ...named, ...runs[named.id] })));
  return null;
}
