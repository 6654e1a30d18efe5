import { ApiError } from "../../net/api";
import { FindSocket, replaceText, undoReplace } from "../../net/find";
import { Observable } from "../../net/observable";
import type { FindDone, FoundFile, NotReplaced, Replaced, ReplaceFile } from "../../protocol/generated";
import { readStored, writeStored } from "../../store/settings";
import { CONTEXT_LINES, EMPTY_FORM, type FindForm, queryOf } from "./form";
import { comparePaths, type Results } from "./results";

export type FindState =
  | { kind: "idle" }
  | { kind: "searching" }
  | { kind: "done"; done: FindDone }
  | { kind: "failed"; error: ApiError };

/** A search begins so long after the last key. */
const TYPING_MS = 120;
const SHOW_MS = 60;
/** Files of one request to replace; the server takes 200. */
const FILES_A_REQUEST = 100;
/** The fields that are remembered in this browser, for each project. */
const REMEMBERED = ["case", "word", "regex", "hidden", "filters", "include", "exclude", "context"] as const;

/** What was done in several requests. */
export interface ReplacedAll {
  files: number;
  matches: number;
  failed: readonly NotReplaced[];
  undoIds: readonly string[];
}

/** Finding in the files of one project: what is asked, what was found. It outlives the panel, so that going to another
 * panel and back changes nothing. */
export class FindSession {
  readonly projectId: string;
  readonly form: Observable<FindForm>;
  readonly state = new Observable<FindState>({ kind: "idle" });
  readonly results = new Observable<Results>(new Map());
  /** The paths of the results, in the order of the list. */
  readonly order = new Observable<readonly string[]>([]);
  /** Files whose matches are not shown. */
  readonly closed = new Observable<ReadonlySet<string>>(new Set());
  /** Files that have changed since they were searched. */
  readonly stale = new Observable<ReadonlySet<string>>(new Set());
  /** The key of the row that is the current one. */
  readonly current = new Observable<string | null>(null);
  /** Counts up when the field shall have the focus. */
  readonly wanted = new Observable(0);
  readonly #storageKey: string;
  #socket: FindSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Found, and not shown yet. */
  #waiting: FoundFile[] = [];
  #showTimer: ReturnType<typeof setTimeout> | undefined;
  #fresh = false;
  #closed = false;

  constructor(projectId: string) {
    this.projectId = projectId;
    this.#storageKey = `studium:find:${projectId}`;
    const stored = (readStored(this.#storageKey) ?? {}) as Partial<FindForm>;
    const form = { ...EMPTY_FORM };
    for (const name of REMEMBERED)
      if (typeof stored[name] === typeof form[name]) Object.assign(form, { [name]: stored[name] });
    this.form = new Observable(form);
  }

  /** Changes fields; the search follows. */
  change(changes: Partial<FindForm>): void {
    this.form.update((form) => ({ ...form, ...changes }));
    const form = this.form.get();
    writeStored(this.#storageKey, Object.fromEntries(REMEMBERED.map((name) => [name, form[name]])));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.search(), TYPING_MS);
  }

  /** Searches now. */
  search(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const form = this.form.get();
    const query = queryOf(form);
    if (query === null) {
      this.#socket?.stop();
      this.#waiting = [];
      this.#show(new Map());
      this.state.set({ kind: "idle" });
      return;
    }
    this.#socket ??= new FindSocket(this.projectId);
    this.state.set({ kind: "searching" });
    this.#waiting = [];
    this.#fresh = true; // what was found before stays until something new has come
    this.#socket.find(query, form.context ? CONTEXT_LINES : 0, {
      onFiles: (files) => this.#add(files),
      onDone: (done) => this.#end({ kind: "done", done }),
      onError: (error) => this.#end({ kind: "failed", error }),
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#socket?.stop();
    if (this.state.get().kind === "searching") this.state.set({ kind: "idle" });
  }

  toggle(path: string): void {
    this.closed.update((closed) => {
      const next = new Set(closed);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  }

  /** Closes all files of the list, or opens them when all are. */
  toggleAll(): void {
    this.closed.update((closed) => (closed.size < this.results.get().size ? new Set(this.order.get()) : new Set()));
  }

  markStale(paths: Iterable<string>): void {
    const known = this.results.get();
    const next = new Set(this.stale.get());
    for (const path of paths) if (known.has(path)) next.add(path);
    if (next.size > this.stale.get().size) this.stale.set(next);
  }

  /** Replaces in files of the results, and searches again. Raises when nothing was done. */
  async replace(files: readonly ReplaceFile[]): Promise<ReplacedAll> {
    const query = queryOf(this.form.get());
    if (query === null || query.replacement == null) throw new Error("there is nothing to replace");
    const answers: Replaced[] = [];
    let error: unknown = null;
    for (let at = 0; at < files.length && error === null; at += FILES_A_REQUEST) {
      try {
        answers.push(await replaceText(this.projectId, { query, files: files.slice(at, at + FILES_A_REQUEST) }));
      } catch (caught) {
        if (answers.length === 0) throw caught;
        error = caught;
      }
    }
    this.search();
    const all = sum(answers);
    if (!(error instanceof ApiError)) return all;
    const { code, message, data } = error;
    return { ...all, failed: [...all.failed, { path: "", error: { code, message, data } }] };
  }

  async undo(undoIds: readonly string[]): Promise<ReplacedAll> {
    const answers: Replaced[] = [];
    for (const undoId of [...undoIds].reverse()) answers.push(await undoReplace(this.projectId, undoId));
    this.search();
    return sum(answers);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#showTimer);
    this.#socket?.close();
  }

  /** The first at once, what follows some times a second: each time costs what is there already. */
  #add(files: readonly FoundFile[]): void {
    this.#waiting.push(...files);
    if (this.#fresh) this.#flush();
    else this.#showTimer ??= setTimeout(() => this.#flush(), SHOW_MS);
  }

  #flush(): void {
    clearTimeout(this.#showTimer);
    this.#showTimer = undefined;
    if (this.#fresh) this.#show(new Map());
    this.#fresh = false;
    if (this.#waiting.length === 0) return;
    const found = this.#waiting;
    this.#waiting = [];
    const results = new Map(this.results.get());
    for (const file of found) results.set(file.path, file);
    this.results.set(results);
    this.order.set(merged(this.order.get(), found.map((file) => file.path).sort(comparePaths)));
  }

  #end(state: FindState): void {
    this.#flush();
    this.state.set(state);
  }

  #show(results: Results): void {
    this.results.set(results);
    this.order.set([...results.keys()].sort(comparePaths));
    if (this.stale.get().size > 0) this.stale.set(new Set());
  }
}

/** Two lists in order as one. */
function merged(one: readonly string[], other: readonly string[]): string[] {
  const all: string[] = [];
  let next = 0;
  for (const path of one) {
    for (let wanted = other[next]; wanted !== undefined && comparePaths(wanted, path) < 0; wanted = other[++next])
      all.push(wanted);
    all.push(path);
  }
  return [...all, ...other.slice(next)];
}

function sum(answers: readonly Replaced[]): ReplacedAll {
  const files = answers.flatMap((answer) => answer.files);
  return {
    files: files.length,
    matches: files.reduce((total, file) => total + file.count, 0),
    failed: answers.flatMap((answer) => answer.failed),
    undoIds: answers.flatMap((answer) => answer.undo_id ?? []),
  };
}
