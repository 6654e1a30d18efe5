import { useCommands } from "../../commands/react";
import type { DocumentHistory, ShownVersion } from "../../store/document-history";
import { copyText } from "../../ui/copy";
import { blame } from "../project/blame";
import { useProject } from "../project/context";
import { type HistoryPlace, historyUrl } from "../routes";
import { onlyNamed } from "./only-named";

interface CommandOptions {
  history: DocumentHistory;
  path: string;
  deleted: boolean;
  place: HistoryPlace;
  version: number;
  /** The text on the screen, once it is that of the version. */
  exact: ShownVersion | null;
  mayName: boolean;
  earlier(): void;
  later(): void;
  play(): void;
  name(): void;
}

/** What can be done with a version, in the registry while a history is open. */
export function useHistoryCommands(options: CommandOptions): void {
  const { history, path, deleted, place, version, exact } = options;
  const isText = () => history.format !== "notebook";
  const { projectId } = useProject();
  useCommands([
    {
      id: "history.blame",
      title: "Show or hide who wrote each line",
      section: "History",
      keys: ["Alt-a"],
      when: isText,
      run: () => blame.update((on) => !on),
    },
    {
      id: "history.earlier",
      title: "Earlier change",
      section: "History",
      keys: ["Alt-j"],
      when: () => version > 1,
      run: options.earlier,
    },
    {
      id: "history.later",
      title: "Later change",
      section: "History",
      keys: ["Alt-k"],
      when: () => version < history.list.get().version,
      run: options.later,
    },
    {
      id: "history.play",
      title: "Play the changes",
      section: "History",
      keys: ["Alt-l"],
      when: () => history.list.get().version > 1,
      run: options.play,
    },
    {
      id: "history.name",
      title: "Name this version",
      section: "History",
      keys: ["Alt-m"],
      when: () => options.mayName,
      run: options.name,
    },
    {
      id: "history.only-named",
      title: "Show only named versions, or all changes",
      section: "History",
      run: () => onlyNamed.update((on) => !on),
    },
    {
      id: "history.copy-link",
      title: "Copy link to this version",
      section: "History",
      when: () => version > 0,
      run: () => {
        const url = new URL(historyUrl(projectId, path, { ...place, version }, deleted), location.href);
        void copyText(url.href, "The link is copied. It opens this version for people in this project.");
      },
    },
    {
      id: "history.copy-text",
      title: "Copy the text of this version",
      section: "History",
      when: () => exact !== null && isText(),
      run: () => exact && void copyText(exact.text, "The text of this version is copied."),
    },
    {
      id: "history.download",
      title: "Download this version",
      section: "History",
      when: () => version > 0,
      run: () => download(history.fileAddress(version)),
    },
    {
      id: "history.export",
      title: "Download history as a git repository",
      section: "History",
      when: () => history.list.get().version > 0,
      run: () => download(history.exportAddress),
    },
  ]);
}

interface ChangeOptions {
  canRestorePart: boolean;
  canRestore: boolean;
  move(by: 1 | -1): void;
  restore(): void;
  restorePart(): void;
}

/** What can be done with the changes of the version that is shown. */
export function useChangeCommands(options: ChangeOptions): void {
  const { canRestorePart, canRestore } = options;
  useCommands([
    {
      id: "history.next-change",
      title: "Next difference",
      section: "History",
      keys: ["F7"],
      run: () => options.move(1),
    },
    {
      id: "history.previous-change",
      title: "Previous difference",
      section: "History",
      keys: ["Shift-F7"],
      run: () => options.move(-1),
    },
    {
      id: "history.restore-part",
      title: "Restore this part",
      section: "History",
      keys: ["Alt-r"],
      when: () => canRestorePart,
      run: options.restorePart,
    },
    {
      id: "history.restore",
      title: "Restore this version",
      section: "History",
      when: () => canRestore,
      run: options.restore,
    },
  ]);
}

/** As a link would: the server says what the file is called. */
function download(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
