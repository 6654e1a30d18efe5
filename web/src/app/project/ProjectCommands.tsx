import { useEffect, useRef } from "react";
import { commands } from "../../commands/commands";
import { useCommands } from "../../commands/react";
import type { Command } from "../../commands/registry";
import { parent } from "../../store/directories";
import { joined } from "../../store/groups";
import type { ProjectRow } from "../../store/queries";
import { changeSettings, settings } from "../../store/settings";
import { wantPlace } from "../../store/wanted-place";
import { peopleHere } from "../../store/workspace";
import { PHONE } from "../../ui/use-media";
import { faceOfPresence } from "../faces";
import { chooseFiles } from "../files/chosen-files";
import { focusedFolder, focusedRow } from "../files/focused-row";
import { PathSearch } from "../find/path-search";
import { useRecentFiles } from "../find/use-recent-files";
import { navigate } from "../navigation";
import { openPalette, paletteSource } from "../palette-state";
import { deletedUrl, fileUrl, historyUrl, NEWEST, projectUrl } from "../routes";
import { afterDrawing } from "./after-drawing";
import { blame } from "./blame";
import { type ProjectCommandId, projectCommandNames } from "./command-names";
import { useProject } from "./context";
import { isTerminal, type NewKind, TERMINAL_NAME } from "./file-acts";
import { showHidden } from "./hidden-files";

/** What the commands of an open project do, and what the project adds to the palette. */
export function ProjectCommands({ project }: { project: ProjectRow | null }) {
  const value = useProject();
  const { workspace, acts, path, files, open, close, enter, splitOff, history, projectId, mayEdit, shownFiles } = value;
  const newest = useRef(value);
  newest.current = value;
  const recent = useRecentFiles(projectId, value.info.account?.account_id ?? null);

  useEffect(() => {
    const paths = new PathSearch(projectId, () => showHidden.get());
    paletteSource.set({
      recent: () => {
        // The one that is shown is where one is already.
        const shown = newest.current.path;
        const all = [...workspace.tabs.get().toReversed(), ...recent.current, ...(shown === null ? [] : [shown])];
        return [...new Set(all)].sort((a, b) => Number(a === shown) - Number(b === shown));
      },
      paths,
      openFile: (file, line, column) => {
        if (line !== undefined) wantPlace({ path: file, line, column: (column ?? 1) - 1, length: 0 });
        newest.current.open(file, line);
      },
      people: () =>
        peopleHere(workspace.statuses.get(), newest.current.info.account?.account_id ?? "", files.people.get()).map(
          (person) => ({
            id: person.accountId,
            name: person.name,
            face: faceOfPresence(person),
            go: () => newest.current.goToPerson(person),
          }),
        ),
      goToLine: (line) => {
        const file = newest.current.path;
        if (file === null) return;
        wantPlace({ path: file, line, column: 0, length: 0 });
        newest.current.open(file, line);
      },
    });
    return () => {
      paths.close();
      paletteSource.set(null);
    };
  }, [files, workspace, projectId, recent]);

  const onFile = () => path !== null;
  /** What file commands mean: the row that has the focus in the list, else the file that is shown. */
  const target = () => focusedRow() ?? path;
  /** The folder that is shown as a list, when the focus is there or nowhere. */
  const listed = () =>
    shownFiles?.view === "folder" && !document.activeElement?.closest(".side-panel") ? shownFiles.folder : null;
  const folderOfTarget = () => {
    const row = focusedRow();
    const list = listed();
    if (list !== null) return list;
    if (row === null) return path === null ? "" : parent(path);
    return focusedFolder() ? row : parent(row);
  };
  const showFiles = () => {
    workspace.sidePanel.set(true);
    // On a phone the list and the file share one place.
    if (path === null || !matchMedia(PHONE).matches) return;
    workspace.show(null);
    navigate(projectUrl(projectId));
  };
  const askName = (kind: NewKind) => {
    const list = listed();
    if (list !== null) {
      acts.naming.set({ kind, folder: list, place: "list" });
      return;
    }
    const folder = focusedRow() === null ? "" : folderOfTarget();
    showFiles();
    acts.naming.set({ kind, folder });
  };
  const lastTerminal = () =>
    workspace.tabs.get().findLast(isTerminal) ?? files.known().find((file) => file === TERMINAL_NAME);
  /** The file that was shown before the terminal. */
  const before = useRef<string | null>(null);
  if (path !== null && !isTerminal(path)) before.current = path;
  const toggleTerminal = () => {
    if (path === null || !isTerminal(path)) {
      const terminal = lastTerminal();
      if (terminal !== undefined) open(terminal);
      else void acts.openTerminal(TERMINAL_NAME);
      return;
    }
    const tabs = workspace.tabs.get();
    const back = tabs.find((tab) => tab === before.current) ?? tabs.findLast((tab) => !isTerminal(tab));
    if (back !== undefined) open(back);
    else commands.run("go.files");
  };
  const step = (by: number) => {
    const tabs = workspace.currentTabs;
    const next = tabs[(tabs.indexOf(path ?? "") + by + tabs.length) % Math.max(1, tabs.length)];
    if (next) open(next);
  };
  const severalGroups = () => workspace.groups.get().groups.length > 1;
  const nextGroup = () => {
    const { groups, current } = workspace.groups.get();
    const index = groups.findIndex((group) => group.id === current);
    return groups[(index + 1) % groups.length]?.id ?? current;
  };
  const onTarget = (run: (path: string) => void) => () => {
    const path = target();
    if (path !== null) run(path);
  };
  const runs: Partial<Record<ProjectCommandId, Pick<Command, "run" | "when">>> = {
    "go.file": { run: () => openPalette("") },
    "go.line": { when: onFile, run: () => openPalette(":") },
    "go.files": {
      run: () => {
        showFiles();
        setTimeout(() => document.querySelector<HTMLElement>(".tree [role=row][tabindex='0'], .tree")?.focus(), 0);
      },
    },
    "go.editor": {
      when: onFile,
      run: () =>
        document
          .querySelector<HTMLElement>(
            ".editor-panel[data-current] :is([contenteditable=true], .current .xterm-helper-textarea)",
          )
          ?.focus(),
    },
    "tab.next": { run: () => step(1) },
    "tab.previous": { run: () => step(-1) },
    "tab.move": {
      when: () => severalGroups() && path !== null,
      run: () => {
        if (path === null) return;
        workspace.moveTab(path, workspace.groups.get().current, nextGroup(), null);
      },
    },
    "view.split-right": { when: onFile, run: () => splitOff("right") },
    "view.split-down": { when: onFile, run: () => splitOff("down") },
    "view.next-split": {
      when: severalGroups,
      run: () => {
        enter(nextGroup());
        afterDrawing(() => commands.run("go.editor"));
      },
    },
    "view.join-splits": { when: severalGroups, run: () => workspace.groups.update(joined) },
    "tab.close": { when: onFile, run: () => path !== null && close(path) },
    "file.new": { when: () => mayEdit, run: () => askName("file") },
    "notebook.new": { when: () => mayEdit, run: () => askName("notebook") },
    "terminal.new": {
      when: () => mayEdit,
      run: () => void acts.newTerminal(listed() ?? (focusedRow() === null ? "" : folderOfTarget())),
    },
    "terminal.toggle": { when: () => mayEdit || lastTerminal() !== undefined, run: toggleTerminal },
    "folder.new": { when: () => mayEdit, run: () => askName("folder") },
    "file.rename": {
      when: () => mayEdit && target() !== null,
      run: onTarget((path) => {
        const inList = listed() !== null;
        if (!inList) showFiles();
        acts.naming.set({ kind: "rename", path, ...(inList && { place: "list" }) });
      }),
    },
    "file.copy-link": { when: () => target() !== null, run: onTarget((path) => void acts.copyLink(path)) },
    "file.upload": {
      when: () => mayEdit,
      run: () => chooseFiles((chosen) => void acts.upload(folderOfTarget(), chosen)),
    },
    "file.save": {
      when: onFile,
      run: () =>
        workspace.statuses
          .get()
          .get(path ?? "")
          ?.saveNow?.(),
    },
    "view.side-panel": { run: () => workspace.sidePanel.update((open) => !open) },
    "view.people": { run: () => workspace.rightPanel.update((open) => (open === "people" ? null : "people")) },
    "view.log": {
      when: () => project !== null,
      run: () => workspace.rightPanel.update((open) => (open === "log" ? null : "log")),
    },
    "view.history": {
      when: () => path !== null || history !== null,
      run: () => {
        if (history !== null || path === null)
          navigate(path === null ? projectUrl(projectId) : fileUrl(projectId, path));
        else navigate(historyUrl(projectId, path, NEWEST));
      },
    },
    // The history itself does better: it shows them of the version that it is at.
    "history.blame": {
      when: onFile,
      run: () => {
        blame.set(true);
        if (path !== null) navigate(historyUrl(projectId, path, NEWEST));
      },
    },
    "history.deleted": { run: () => navigate(deletedUrl(projectId)) },
    "help.first-steps": {
      when: () => project !== null,
      run: () => {
        const { firstSteps } = settings.get();
        changeSettings({
          firstSteps: { ...firstSteps, projectId: firstSteps.projectId || value.projectId, dismissed: false },
        });
        workspace.rightPanel.set("first-steps");
      },
    },
    "view.hidden-files": { run: () => showHidden.update((shown) => !shown) },
  };
  const list: Command[] = [];
  for (const named of projectCommandNames) {
    const does = runs[named.id];
    if (does) list.push({ ...named, ...does });
  }
  for (let number = 1; number <= 9; number++) {
    list.push({
      id: `tab.${number}`,
      title: `Tab ${number}`,
      section: "Go to",
      keys: [`Alt-${number}`],
      hidden: true,
      run: () => {
        const tab = workspace.currentTabs[number - 1];
        if (tab) open(tab);
      },
    });
  }
  useCommands(list);
  return null;
}
