import { useEffect } from "react";
import { MY_NOTIFICATIONS, markUse, type NotificationRow } from "../../store/activity";
import { useObservable } from "../../store/react";
import { useResource } from "../../store/resource";
import type { TableStore } from "../../store/tables";
import { useTable, useTables } from "../../store/use-table";
import { othersIn } from "../../store/workspace";
import { seenFile } from "../seen-file";
import { useProject } from "./context";

/** Edits within this time are told as one. */
const EDIT_MS = 30_000;
/** While others are in the file it is read again and again; less than what the hub takes for looking. */
const WATCHING_MS = 40_000;
/** Looking away and back sooner is no new reading. */
const GLANCE_MS = 2_000;

/** Tells that the person reads and edits files; shows nothing. */
export function FileUse() {
  const { info, projectId, path, history, workspace } = useProject();
  const store = useTables();
  const statuses = useObservable(workspace.statuses);
  const notifications = useTable(MY_NOTIFICATIONS).rows;
  const accountId = info.account?.account_id ?? "";
  const teller = useResource(projectId, () => new Teller(store, accountId, projectId));

  const status = path === null ? undefined : statuses.get(path);
  const ready = status?.save.online === true && !["opening", "failed"].includes(status.save.kind);
  const shown = history === null && ready ? path : null;
  const others = othersIn(status, accountId).length > 0;
  useEffect(() => teller?.show(shown, others), [teller, shown, others]);
  useEffect(() => teller?.told(notifications), [teller, notifications]);

  const waiting = status?.save.kind === "waiting" ? status.save.since : 0;
  useEffect(() => {
    if (waiting > 0 && shown !== null) teller?.edited(shown);
  }, [teller, waiting, shown]);
  return null;
}

/** Sends what is worth sending, and no more. */
export class Teller {
  readonly #store: TableStore;
  readonly #accountId: string;
  readonly #projectId: string;
  #path: string | null = null;
  #others = false;
  #seen: string | null = null;
  #notifications: readonly NotificationRow[] = [];
  readonly #readAt = new Map<string, number>();
  readonly #editAt = new Map<string, number>();
  readonly #laterEdits = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #watching = setInterval(() => {
    if (this.#seen !== null && this.#others) this.#read(this.#seen, WATCHING_MS / 2);
  }, WATCHING_MS);

  constructor(store: TableStore, accountId: string, projectId: string) {
    this.#store = store;
    this.#accountId = accountId;
    this.#projectId = projectId;
    for (const event of ["focus", "blur"]) window.addEventListener(event, this.#look);
    document.addEventListener("visibilitychange", this.#look);
  }

  close(): void {
    this.show(null, false);
    clearInterval(this.#watching);
    for (const timer of this.#laterEdits.values()) clearTimeout(timer);
    for (const event of ["focus", "blur"]) window.removeEventListener(event, this.#look);
    document.removeEventListener("visibilitychange", this.#look);
  }

  /** The file on the screen, once it is all there; null for none. */
  show(path: string | null, others: boolean): void {
    // Joined or left by others: until now one has seen what they did.
    if (path === this.#path && this.#others && !others && this.#seen !== null) this.#read(this.#seen, GLANCE_MS);
    const before = this.#others;
    this.#path = path;
    this.#look(undefined, before);
    this.#others = others;
  }

  told(rows: readonly NotificationRow[]): void {
    this.#notifications = rows;
    if (this.#seen !== null && this.#isTold(this.#seen)) this.#read(this.#seen, 0);
  }

  edited(path: string): void {
    const rest = (this.#editAt.get(path) ?? 0) + EDIT_MS - Date.now();
    if (rest <= 0) {
      this.#editAt.set(path, Date.now());
      this.#readAt.set(path, Date.now());
      this.#send(path, { read: true, edit: true });
    } else if (!this.#laterEdits.has(path)) {
      const timer = setTimeout(() => {
        this.#laterEdits.delete(path);
        this.edited(path);
      }, rest);
      this.#laterEdits.set(path, timer);
    }
  }

  readonly #look = (_event?: Event, others = this.#others): void => {
    const looking = document.visibilityState === "visible" && document.hasFocus();
    const now = looking ? this.#path : null;
    if (now === this.#seen) return;
    // What others did until one looked away was seen.
    if (this.#seen !== null && others) this.#read(this.#seen, GLANCE_MS);
    this.#seen = now;
    seenFile.set(now === null ? null : { projectId: this.#projectId, path: now });
    if (now !== null) this.#read(now, this.#isTold(now) ? 0 : GLANCE_MS);
  };

  #isTold(path: string): boolean {
    return this.#notifications.some(
      (row) => row.read_at === null && row.project_id === this.#projectId && row.path === path,
    );
  }

  #read(path: string, notWithin: number): void {
    if (Date.now() - (this.#readAt.get(path) ?? 0) < notWithin) return;
    this.#readAt.set(path, Date.now());
    this.#send(path, { read: true });
  }

  #send(path: string, acts: { read?: true; edit?: true }): void {
    // Whoever is offline now reads again later; nobody has to know.
    markUse(this.#store, { accountId: this.#accountId, projectId: this.#projectId, path }, acts).catch(() => {});
  }
}
