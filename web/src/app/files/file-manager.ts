import { ApiError, sentence } from "../../net/api";
import { cancelJob, prepareArchive, startJob } from "../../net/jobs";
import { Observable } from "../../net/observable";
import type { ArchiveFormat, Clash, Job, JobOperation } from "../../protocol/generated";
import { baseName, freeName, isWithin, join, parent } from "../../store/directories";
import { NOTHING, only, outermost, type Selection } from "../../store/selection";
import { download } from "../../ui/save-file";
import { toast } from "../../ui/toast-queue";
import type { FileActs } from "../project/file-acts";
import { count } from "../words";

/** Names that are taken where a job wants to put something, until the person has said what to do. */
export interface JobClash {
  taken: readonly string[];
  answer(choice: Clash | null): void;
}

/** What the person cut or copied in a list of files, to be pasted into a folder. */
export interface FileClipboard {
  paths: readonly string[];
  cut: boolean;
}

/** A dialog that asks where to. */
export interface WhereTo {
  kind: "move" | "copy";
  paths: readonly string[];
}

type ClashingOperation = Extract<JobOperation, { type: "copy" | "move" | "extract" }>;

/** What one does to many files of a project at once: what is chosen, and the jobs that come of it. */
export class FileManager {
  readonly selection = new Observable<Selection>(NOTHING);
  readonly clipboard = new Observable<FileClipboard | null>(null);
  readonly clash = new Observable<JobClash | null>(null);
  readonly whereTo = new Observable<WhereTo | null>(null);
  readonly toProject = new Observable<readonly string[] | null>(null);
  readonly fetching = new Observable<{ folder: string } | null>(null);
  /** The trash is to be emptied: of these, or of all. */
  readonly emptying = new Observable<{ trashIds: readonly string[] | null } | null>(null);
  /** Counts what this page took out of the trash: no folder need have changed that it follows. */
  readonly restored = new Observable(0);
  /** How to undo what a job of this page did. */
  readonly undos = new Observable<ReadonlyMap<string, () => void>>(new Map());

  /** A row that is to be gone to in the list, once it is there. */
  readonly wanted = new Observable<string | null>(null);
  /** The folder that is shown as a list. */
  folder: string | null = null;

  constructor(readonly acts: FileActs) {}

  get projectId(): string {
    return this.acts.files.projectId;
  }

  /** What an act on a row means: all that is chosen when the row is, else the row alone. */
  meant(path: string): string[] {
    const { paths } = this.selection.get();
    return paths.has(path) ? outermost(paths) : [path];
  }

  chosen(): string[] {
    return outermost(this.selection.get().paths);
  }

  only(path: string): void {
    this.selection.set(only(path));
  }

  clear(): void {
    this.selection.set(NOTHING);
  }

  /** Moves into a folder, asking about names that are taken. */
  async move(paths: readonly string[], to: string): Promise<void> {
    const moving = paths.filter((path) => parent(path) !== to && !isWithin(to, path));
    const [first] = moving;
    if (first === undefined) return;
    if (moving.length === 1 && (await this.acts.moveInto(first, to))) return;
    const started = await this.#clashing({ type: "move", paths: [...moving], to });
    if (!started) return;
    this.clear();
    const job = await this.finished(started.job_id);
    if (job?.state !== "done" || started.clash !== "fail") return;
    for (const path of moving) this.acts.followed(path, join(to, baseName(path)));
    this.#canUndo(started.job_id, async () => {
      for (const [folder, names] of byFolder(moving)) {
        await startJob(this.projectId, { type: "move", paths: names.map((name) => join(to, name)), to: folder });
      }
    });
  }

  /** Copies into a folder; beside themselves the copies get names of their own. */
  async copy(paths: readonly string[], to: string): Promise<void> {
    const copied = paths.filter((path) => !isWithin(to, path));
    if (copied.length < paths.length) toast("A folder cannot be copied into itself.", { danger: true });
    if (copied.length === 0) return;
    const beside = copied.every((path) => parent(path) === to);
    const operation: ClashingOperation = { type: "copy", paths: [...copied], to };
    await this.#clashing(beside ? { ...operation, clash: "keep_both" } : operation);
  }

  async duplicate(paths: readonly string[]): Promise<void> {
    const [one = ""] = paths;
    if (paths.length === 1 && this.kindOf(one) === "file") return this.acts.duplicate(one);
    for (const [folder, names] of byFolder(paths))
      await this.copy(
        names.map((name) => join(folder, name)),
        folder,
      );
  }

  async trash(paths: readonly string[]): Promise<void> {
    const [first] = paths;
    if (first === undefined) return;
    this.clear();
    if (paths.length === 1) return this.acts.trash(first);
    const started = await this.#start({ type: "trash_many", paths: [...paths] });
    if (!started) return;
    const job = await this.finished(started);
    if (job?.state === "done") for (const path of paths) this.acts.left(path);
  }

  /** Brings back what a job has put into the trash. */
  async restore(trashIds: readonly string[]): Promise<void> {
    let problem: unknown = null;
    let done = 0;
    for (const id of trashIds) {
      await this.acts.files.restore(id).then(
        () => done++,
        (error) => {
          problem = error;
        },
      );
    }
    this.restored.update((times) => times + 1);
    if (problem === null) toast(`${count(done, "item")} restored.`);
    else toast(`${count(done, "item")} of ${trashIds.length} restored. ${sentence(problem)}`, { danger: true });
  }

  async compress(paths: readonly string[], format: ArchiveFormat): Promise<void> {
    const [first] = paths;
    if (first === undefined) return;
    const folder = parent(first);
    const stem = paths.length === 1 ? baseName(first) : baseName(folder) || "files";
    const taken = this.acts.files.directories.get().get(folder)?.entries ?? new Map<string, unknown>();
    const name = `${stem}.${format}`;
    const to = join(folder, taken.has(name) ? freeName(name, taken) : name);
    await this.#start({ type: "compress", paths: [...paths], to, format });
  }

  async extract(path: string): Promise<void> {
    await this.#clashing({ type: "extract", path });
  }

  async fetchUrl(url: string, to: string, name?: string): Promise<boolean> {
    return (await this.#start({ type: "fetch_url", url, to, ...(name && { name }) })) !== null;
  }

  async emptyTrash(trashIds: readonly string[] | null): Promise<void> {
    await this.#start({ type: "empty_trash", trash_ids: trashIds && [...trashIds] });
  }

  /** Downloads a file as it is, and several things or a folder as one archive. */
  async download(paths: readonly string[], format: ArchiveFormat = "zip"): Promise<void> {
    const [first] = paths;
    if (first === undefined) return;
    if (paths.length === 1 && this.kindOf(first) === "file") {
      this.acts.download(first);
      return;
    }
    try {
      const { href, name } = await prepareArchive(this.projectId, { paths: [...paths], format });
      download(href, name);
    } catch (error) {
      toast(sentence(error), { danger: true });
    }
  }

  paste(folder: string): void {
    const held = this.clipboard.get();
    if (held === null) return;
    if (!held.cut) {
      void this.copy(held.paths, folder);
      return;
    }
    this.clipboard.set(null);
    void this.move(held.paths, folder);
  }

  hold(paths: readonly string[], cut: boolean): void {
    if (paths.length === 0) return;
    this.clipboard.set({ paths, cut });
    const [first = ""] = paths;
    const what = paths.length === 1 ? `“${baseName(first)}”` : count(paths.length, "item");
    toast(`${what} ${cut ? "will be moved" : "will be copied"} to where you paste.`);
  }

  /** What is known of a path. */
  kindOf(path: string): "file" | "directory" | "other" | null {
    return this.acts.files.directories.get().get(parent(path))?.entries.get(baseName(path))?.kind ?? null;
  }

  async cancel(jobId: string): Promise<void> {
    await cancelJob(this.projectId, jobId).catch((error) => toast(sentence(error), { danger: true }));
  }

  /** The job once it has ended; undefined when nothing is heard of it any more. */
  finished(jobId: string): Promise<Job | undefined> {
    const { jobs } = this.acts.files;
    return new Promise((resolve) => {
      let seen = false;
      const look = () => {
        const job = jobs.get().find((one) => one.job_id === jobId);
        if (job) seen = true;
        if ((job && (job.state ?? "running") === "running") || (!job && !seen)) return;
        stop();
        resolve(job);
      };
      const stop = jobs.subscribe(look);
      look();
    });
  }

  #canUndo(jobId: string, undo: () => Promise<unknown>): void {
    const run = () => {
      this.undos.update((all) => new Map([...all].filter(([id]) => id !== jobId)));
      undo().catch((error) => toast(sentence(error), { danger: true }));
    };
    this.undos.update((all) => new Map(all).set(jobId, run));
  }

  async #start(operation: JobOperation): Promise<string | null> {
    try {
      return (await startJob(this.projectId, operation)).job_id;
    } catch (error) {
      toast(sentence(error), { danger: true });
      return null;
    }
  }

  /** Starts a job; where names are taken the person says what to do with them. Null when nothing was started. */
  async #clashing(operation: ClashingOperation): Promise<{ job_id: string; clash: Clash } | null> {
    try {
      const { job_id } = await startJob(this.projectId, operation);
      return { job_id, clash: operation.clash ?? "fail" };
    } catch (error) {
      const taken = takenNames(error);
      if (taken === null) {
        toast(sentence(error), { danger: true });
        return null;
      }
      const choice = await new Promise<Clash | null>((answer) => this.clash.set({ taken, answer }));
      this.clash.set(null);
      return choice === null ? null : this.#clashing({ ...operation, clash: choice });
    }
  }
}

/** The names of a refusal that are taken; null when it is about something else. */
export function takenNames(error: unknown): string[] | null {
  if (!(error instanceof ApiError) || error.code !== "conflict" || !Array.isArray(error.data.taken)) return null;
  return error.data.taken.filter((name) => typeof name === "string");
}

/** Names by the folder that they are in. */
function byFolder(paths: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) folders.set(parent(path), [...(folders.get(parent(path)) ?? []), baseName(path)]);
  return folders;
}
