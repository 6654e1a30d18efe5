import { useEffect, useRef } from "react";
import { commands } from "../../commands/commands";
import { useCommands } from "../../commands/react";
import type { Command } from "../../commands/registry";
import type { Observable } from "../../net/observable";
import { parent } from "../../store/directories";
import { joined } from "../../store/groups";
import type { ProjectRow } from "../../store/queries";
import { changeSettings, settings } from "../../store/settings";
import { peopleHere } from "../../store/workspace";
import { PHONE } from "../../ui/use-media";
import { faceOfPresence } from "../faces";
import { navigate } from "../navigation";
import { openPalette, paletteSource } from "../palette-state";
import { deletedUrl, fileUrl, historyUrl, NEWEST, projectUrl } from "../routes";
import { afterDrawing } from "./after-drawing";
import { blame } from "./blame";
import { type ProjectCommandId, projectCommandNames } from "./command-names";
import { useProject } from "./context";
import { isTerminal, type NewKind, TERMINAL_NAME } from "./file-acts";
import { showHidden } from "./hidden-files";

/** How long folders stay watched after a search for files. */
const EXPLORED_MS = 30_000;

/** What the commands of an open project do, and what the project adds to the palette. */
export function ProjectCommands({ project }: { project: ProjectRow | null }) {
  const value = useProject();
  const { workspace, acts, path, files, open, close, enter, splitOff, history, projectId, mayEdit } = value;
  const newest = useRef(value);
  newest.current = value;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    paletteSource.set({
      files: () => {
        const tabs = workspace.tabs.get().toReversed();
        return [...new Set([...tabs, ...files.known()])];
      },
      openFile: (file) => newest.current.open(file),
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
        if (file !== null) newest.current.open(file, line);
      },
      explore: () => {
        files.explore();
        clearTimeout(timer);
        timer = setTimeout(() => files.stopExploring(), EXPLORED_MS);
      },
      changed: files.directories as Observable<unknown>,
    });
    return () => {
      clearTimeout(timer);
      paletteSource.set(null);
    };
  }, [files, workspace]);

  const onFile = () => path !== null;
  /** What file commands mean: the row that has the focus in the list, else the file that is shown. */
  const target = () => focusedRow() ?? path;
  const onTargetFile = () => target() !== null && !focusedFolder();
  const folderOfTarget = () => {
    const row = focusedRow();
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
      run: () => void acts.newTerminal(focusedRow() === null ? "" : folderOfTarget()),
    },
    "terminal.toggle": { when: () => mayEdit || lastTerminal() !== undefined, run: toggleTerminal },
    "folder.new": { when: () => mayEdit, run: () => askName("folder") },
    "file.rename": {
      when: () => mayEdit && target() !== null,
      run: onTarget((path) => {
        showFiles();
        acts.naming.set({ kind: "rename", path });
      }),
    },
    "file.duplicate": { when: () => mayEdit && onTargetFile(), run: onTarget((path) => void acts.duplicate(path)) },
    "file.trash": { when: () => mayEdit && target() !== null, run: onTarget((path) => void acts.trash(path)) },
    "file.download": { when: () => target() !== null, run: onTarget((path) => acts.download(path)) },
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

/** The path of the row of the file list that has the focus. */
function focusedRow(): string | null {
  const row = document.activeElement?.closest('.tree [role="row"]');
  return row?.getAttribute("data-key") ?? null;
}

/** Is it a folder? */
function focusedFolder(): boolean {
  return focusedRow() !== null && document.activeElement?.getAttribute("aria-expanded") !== null;
}

function chooseFiles(onChosen: (files: { path: string; file: File }[]) => void): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.onchange = () => onChosen([...(input.files ?? [])].map((file) => ({ path: file.name, file })));
  input.click();
}
