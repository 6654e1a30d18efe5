import { ApiError, sentence } from "../../net/api";
import { fileAddress, writeNewFile } from "../../net/files";
import { Observable } from "../../net/observable";
import type { KernelSpec } from "../../protocol/generated";
import { baseName, freeName, isWithin, join, movedPath, parent } from "../../store/directories";
import type { ProjectFiles } from "../../store/project-files";
import { didFirstStep } from "../../store/settings";
import type { Workspace } from "../../store/workspace";
import { copyText } from "../../ui/copy";
import { download } from "../../ui/save-file";
import { toast } from "../../ui/toast-queue";
import type { Uploadable } from "../files/chosen-files";
import { moveStars } from "../files/moved-stars";
import { Uploads } from "../files/uploads";
import { fileUrl } from "../routes";

export const NOTEBOOK_ENDING = ".ipynb";
export const TERMINAL_ENDING = ".term";
/** What a terminal is called that nobody gave a name; the one of this name in the home is the project's. */
export const TERMINAL_NAME = `terminal${TERMINAL_ENDING}`;

/** What can be made new. */
export type NewKind = "file" | "folder" | "notebook";

/** What is being named right now: something new, or what gets another name. */
export type Naming = (
  | { kind: NewKind; folder: string; ending?: string; text?: string }
  | { kind: "rename"; path: string }
) & { /** Where it is typed; the side panel, if nothing else is said. */ place?: "list" };

/** The acts on files of one project, each with its message to the person. */
export class FileActs {
  readonly naming = new Observable<Naming | null>(null);
  readonly uploads: Uploads;
  /** The notebook that is being exported. */
  readonly exporting = new Observable<string | null>(null);

  constructor(
    readonly files: ProjectFiles,
    readonly workspace: Workspace,
    readonly page: { open(path: string): void; leave(path: string): void; renamed(from: string, to: string): void },
  ) {
    this.uploads = new Uploads(files.projectId);
  }

  /** `kernel` is that of a notebook; `text` is what a file begins with. */
  async create(kind: NewKind, path: string, kernel?: KernelSpec, text = ""): Promise<void> {
    if (kind === "folder") {
      const made = await this.files.createFolder(path);
      this.files.reveal(`${made.path}/`);
    } else {
      if (text) await writeNewFile(this.files.projectId, path, text);
      else await this.files.createFile(path, kernel);
      didFirstStep("file");
      this.files.reveal(path);
      this.page.open(path);
    }
  }

  /** Makes a terminal that starts in a folder, under the first name that is free there, and opens it. */
  async newTerminal(folder: string): Promise<void> {
    const taken = new Set(this.files.directories.get().get(folder)?.entries.keys());
    for (;;) {
      const name = taken.has(TERMINAL_NAME) ? freeName(TERMINAL_NAME, taken) : TERMINAL_NAME;
      try {
        await writeNewFile(this.files.projectId, join(folder, name), terminalText(folder));
        didFirstStep("file");
        this.page.open(join(folder, name));
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "conflict") {
          toast(sentence(error), { danger: true });
          return;
        }
        taken.add(name); // somebody was quicker, or the folder was never looked into
      }
    }
  }

  /** Opens a terminal of this path, made if it is not there. */
  async openTerminal(path: string): Promise<void> {
    try {
      await this.files.createFile(path);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "conflict") {
        toast(sentence(error), { danger: true });
        return;
      }
    }
    this.page.open(path);
  }

  /** Copies a file beside itself. */
  async duplicate(path: string): Promise<void> {
    try {
      const { path: copy } = await this.files.duplicate(path);
      this.files.reveal(copy);
      const open = () => this.page.open(copy);
      toast(`“${baseName(path)}” is copied as “${baseName(copy)}”.`, { act: { label: "Open", run: open } });
    } catch (error) {
      toast(sentence(error), { danger: true });
    }
  }

  async rename(path: string, to: string): Promise<void> {
    const made = await this.files.rename(path, to);
    await this.followed(path, made.path);
  }

  /** Something was moved: what is open of it goes along. */
  async followed(path: string, to: string): Promise<void> {
    if (this.workspace.tabs.get().some((tab) => isWithin(tab, path))) {
      const { documentsMoved } = await import("../../net/documents");
      documentsMoved(this.files.projectId, (file) => movedPath(file, path, to));
    }
    this.#followed(path, to);
  }

  /** Something is gone: what is open of it is closed. */
  left(path: string): void {
    for (const tab of this.workspace.tabs.get()) if (isWithin(tab, path)) this.page.leave(tab);
  }

  /** The server says that an open document lives elsewhere now: somebody renamed it. */
  movedByOthers(path: string, to: string): void {
    if (!this.workspace.tabs.get().includes(path)) return;
    this.#followed(path, to);
    const [name, now] = parent(path) === parent(to) ? [baseName(path), baseName(to)] : [path, to];
    toast(`“${name}” is called “${now}” now.`);
  }

  #followed(path: string, to: string): void {
    moveStars(this.files.projectId, path, to);
    this.workspace.renamed(path, to);
    this.page.renamed(path, to);
  }

  /** Moves a file or folder into another folder, and offers to undo it; false when its name is taken there. */
  async moveInto(path: string, folder: string): Promise<boolean> {
    const to = join(folder, baseName(path));
    if (to === path || isWithin(folder, path)) return true;
    try {
      await this.rename(path, to);
      const undo = () => void this.rename(to, path).catch((error) => toast(sentence(error), { danger: true }));
      toast(`“${baseName(path)}” is now in ${folder ? `“${folder}”` : "the project"}.`, {
        act: { label: "Undo", run: undo },
      });
    } catch (error) {
      if (error instanceof ApiError && error.code === "conflict") return false;
      toast(sentence(error), { danger: true });
    }
    return true;
  }

  /** Moves to the trash at once, and offers to undo it. */
  async trash(path: string): Promise<void> {
    try {
      const { trash_id } = await this.files.trash(path);
      this.left(path);
      const act = trash_id ? { label: "Undo", run: () => void this.#restore(trash_id, path) } : undefined;
      toast(`“${baseName(path)}” is in the trash.`, act ? { act } : {});
    } catch (error) {
      toast(sentence(error), { danger: true });
    }
  }

  async #restore(trashId: string, path: string): Promise<void> {
    try {
      const { path: now } = await this.files.restore(trashId);
      if (now !== path) toast(`“${baseName(path)}” is back as “${baseName(now)}”.`);
    } catch (error) {
      toast(sentence(error), { danger: true });
    }
  }

  download(path: string): void {
    download(fileAddress(this.files.projectId, path), baseName(path));
  }

  async copyLink(path: string): Promise<void> {
    const url = new URL(fileUrl(this.files.projectId, path), location.href);
    await copyText(url.href, "The link is copied. It opens for people in this project.");
  }

  /** Sends files into a folder, asking what to do with names that are taken. */
  upload(folder: string, items: readonly Uploadable[]): void {
    this.uploads.add(folder, items);
  }
}

export function isNotebook(path: string): boolean {
  return path.toLowerCase().endsWith(NOTEBOOK_ENDING);
}

/** What a file says whose one terminal starts in a folder: of the home nothing need be said. */
function terminalText(folder: string): string {
  if (!folder) return "";
  const terminals = [{ terminal_id: "1", directory: folder }];
  return `${JSON.stringify({ studium_terminals: 1, terminals, layout: { terminal: "1" } }, null, 1)}\n`;
}

export function isTerminal(path: string): boolean {
  return path.toLowerCase().endsWith(TERMINAL_ENDING);
}
