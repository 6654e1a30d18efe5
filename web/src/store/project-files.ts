import { EventsSocket } from "../net/events-socket";
import { operate } from "../net/files";
import { Observable } from "../net/observable";
import type { Job, KernelSpec, Person } from "../protocol/generated";
import { applyEvent, type Directories, EMPTY_DIRECTORY, join, parent } from "./directories";
import { readStored, writeStored } from "./settings";

/** How many folders a search for folders looks into at most, and how deep. */
const MAX_EXPLORED = 200;
const MAX_DEPTH = 6;
const NOT_EXPLORED = /^(\.|node_modules$|__pycache__$|venv$)/;

/** The files of one project, live: folders that are open in the list are followed, others are not. */
export class ProjectFiles {
  readonly projectId: string;
  readonly socket: EventsSocket;
  readonly directories = new Observable<Directories>(new Map());
  /** Who has which documents open, each once a document, who came last at the end; in all of the project. */
  readonly people = new Observable<readonly Person[]>([]);
  /** What a new notebook can compute with, the usual one first; empty until somebody asked. */
  readonly kernels = new Observable<readonly KernelSpec[]>([]);
  /** Acts on files that take a while: those that run, and those that have just ended. */
  readonly jobs = new Observable<readonly Job[]>([]);
  readonly expanded: Observable<ReadonlySet<string>>;
  readonly #stops = new Map<string, () => void>();
  /** How many lists show a folder, beside the tree. */
  readonly #watched = new Map<string, number>();
  readonly #explored = new Map<string, () => void>();
  readonly #storageKey: string;

  constructor(projectId: string, options: { onNotPermitted(): void }) {
    this.projectId = projectId;
    this.#storageKey = `studium:expanded:${projectId}`;
    const stored = readStored(this.#storageKey);
    const open = Array.isArray(stored) ? stored.filter((path) => typeof path === "string") : [];
    this.expanded = new Observable<ReadonlySet<string>>(new Set(open));
    this.socket = new EventsSocket(projectId, options);
    this.socket.followPeople((people) => this.people.set(people));
    this.socket.followJobs((jobs) => this.jobs.set(jobs));
    this.#follow("");
    for (const path of open) this.#follow(path);
  }

  /** Opens and closes folders of the list. */
  setExpanded(paths: ReadonlySet<string>): void {
    const before = this.expanded.get();
    for (const path of paths) if (!before.has(path)) this.#follow(path);
    for (const path of before) if (!paths.has(path)) this.#unfollow(path);
    this.expanded.set(paths);
    writeStored(this.#storageKey, [...paths]);
  }

  /** Follows a folder that is shown somewhere else than in the tree; answers a function that stops. */
  watch(path: string): () => void {
    this.#watched.set(path, (this.#watched.get(path) ?? 0) + 1);
    this.#follow(path);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const left = (this.#watched.get(path) ?? 1) - 1;
      if (left > 0) this.#watched.set(path, left);
      else this.#watched.delete(path);
      if (left === 0 && path !== "" && !this.expanded.get().has(path)) this.#unfollow(path);
    };
  }

  toggle(path: string): void {
    const next = new Set(this.expanded.get());
    if (!next.delete(path)) next.add(path);
    this.setExpanded(next);
  }

  /** Opens every folder above a path, so that it shows in the list. */
  reveal(path: string): void {
    const next = new Set(this.expanded.get());
    for (let folder = parent(path); folder; folder = parent(folder)) next.add(folder);
    if (next.size > this.expanded.get().size) this.setExpanded(next);
  }

  /** Paths of all files that are known. */
  known(): string[] {
    const paths: string[] = [];
    for (const [folder, directory] of this.directories.get()) {
      for (const entry of directory.entries.values()) if (entry.kind === "file") paths.push(join(folder, entry.name));
    }
    return paths.sort((a, b) => a.split("/").length - b.split("/").length || a.localeCompare(b));
  }

  /** Is it a folder, as far as is known? */
  isFolder(path: string): boolean {
    const entries = this.directories.get().get(parent(path))?.entries;
    return path === "" || entries?.get(path.slice(path.lastIndexOf("/") + 1))?.kind === "directory";
  }

  /** Looks into folders that nobody opened, so that a search finds their files; `stopExploring` lets them go. */
  explore(): void {
    for (const [folder, directory] of this.directories.get()) {
      for (const entry of directory.entries.values()) {
        const path = join(folder, entry.name);
        if (entry.kind !== "directory" || entry.link || NOT_EXPLORED.test(entry.name)) continue;
        if (path.split("/").length > MAX_DEPTH || this.#explored.size >= MAX_EXPLORED) continue;
        if (this.#explored.has(path) || this.#stops.has(path)) continue;
        this.#explored.set(
          path,
          this.socket.subscribe(path, (event) => {
            this.#apply(path, event);
            if (this.#explored.has(path)) this.explore();
          }),
        );
      }
    }
  }

  stopExploring(): void {
    for (const stop of this.#explored.values()) stop();
    this.#explored.clear();
  }

  /** Looks for the kernels anew. */
  listKernels(): void {
    this.socket.listKernels((specs) => this.kernels.set(specs));
  }

  createFile = (path: string, kernel?: KernelSpec) =>
    operate(this.projectId, { type: "create_file", path, ...(kernel && { kernel }) });
  createFolder = (path: string) => operate(this.projectId, { type: "create_folder", path });
  duplicate = (path: string) => operate(this.projectId, { type: "duplicate", path });
  rename = (path: string, to: string) => operate(this.projectId, { type: "rename", path, to });
  trash = (path: string) => operate(this.projectId, { type: "trash", path });
  restore = (trash_id: string) => operate(this.projectId, { type: "restore", trash_id });

  close(): void {
    this.socket.close();
  }

  #follow(path: string): void {
    if (this.#stops.has(path)) return;
    this.#stops.set(
      path,
      this.socket.subscribe(path, (event) => this.#apply(path, event)),
    );
  }

  #unfollow(path: string): void {
    if (this.#watched.has(path)) return;
    this.#stops.get(path)?.();
    this.#stops.delete(path);
  }

  #apply(path: string, event: Parameters<typeof applyEvent>[1]): void {
    const next = new Map(this.directories.get());
    next.set(path, applyEvent(next.get(path) ?? EMPTY_DIRECTORY, event));
    this.directories.set(next);
  }
}
