import { Observable } from "../net/observable";
import { type KeyPress, matches } from "./keys";

/** Groups of the help page and of menus, in this order. */
export const SECTIONS = [
  "Go to",
  "File",
  "Edit",
  "Find",
  "Notebook",
  "Terminal",
  "View",
  "History",
  "Project",
  "Account",
  "Help",
] as const;
export type Section = (typeof SECTIONS)[number];

/** One act. Menus, palette, tooltips, shortcuts and the help page all come from these. */
export interface Command {
  /** Stable: `file.new`. Changed keys and recent commands are remembered under it. */
  id: string;
  title: string;
  section: Section;
  /** The keys at first, best first; the person can change them. Two that follow each other are written `d d`. */
  keys?: readonly string[];
  /** Do its keys mean it now? For letters alone, which mean something in some place only. Absent means always. */
  keyWhen?(): boolean;
  /** Its keys mean it in a terminal too, where all others go to the program. */
  inTerminal?: boolean;
  /** It runs again for as long as its key is held. */
  repeats?: boolean;
  /** May it run now? Absent means always. */
  when?(): boolean;
  run(): void;
  /** Not in the palette: it only makes sense from its key. */
  hidden?: boolean;
}

/** The second of two keys follows the first within this. */
const SEQUENCE_MS = 1_000;

/** How many recent commands are remembered. */
export const MAX_RECENT = 20;

/** The one list of acts, changing as parts of the page come and go. */
export class Registry {
  readonly #commands = new Map<string, Command[]>();
  /** Counts up when the list changes. */
  readonly version = new Observable(0);
  #changedKeys: Record<string, string> = {};
  #recent: string[] = [];
  /** The key press that may have begun a sequence. */
  #begun: { press: KeyPress; at: number } | null = null;
  readonly #onRecent: (recent: string[]) => void;

  constructor(options: { recent?: string[]; onRecent?: (recent: string[]) => void } = {}) {
    this.#recent = (options.recent ?? []).slice(0, MAX_RECENT);
    this.#onRecent = options.onRecent ?? (() => {});
  }

  /** Adds commands; answers a function that takes them away. A later one of the same id wins while it is there. */
  register(commands: readonly Command[]): () => void {
    for (const command of commands) {
      this.#commands.set(command.id, [...(this.#commands.get(command.id) ?? []), command]);
    }
    this.#changed();
    return () => {
      for (const command of commands) {
        const left = (this.#commands.get(command.id) ?? []).filter((candidate) => candidate !== command);
        if (left.length > 0) this.#commands.set(command.id, left);
        else this.#commands.delete(command.id);
      }
      this.#changed();
    };
  }

  get(id: string): Command | undefined {
    return this.#commands.get(id)?.at(-1);
  }

  all(): Command[] {
    return [...this.#commands.values()].flatMap((stack) => stack.at(-1) ?? []);
  }

  isEnabled(id: string): boolean {
    const command = this.get(id);
    return command !== undefined && (command.when?.() ?? true);
  }

  /** What the palette offers: those that may run now, most recent first, then in the order of their sections. */
  offered(): Command[] {
    const rank = (command: Command) => {
      const index = this.#recent.indexOf(command.id);
      return index < 0 ? MAX_RECENT + SECTIONS.indexOf(command.section) : index;
    };
    return this.all()
      .filter((command) => !command.hidden && (command.when?.() ?? true))
      .sort((a, b) => rank(a) - rank(b));
  }

  /** Runs a command if it may run now; answers whether it did. */
  run(id: string): boolean {
    const command = this.get(id);
    if (!command || !(command.when?.() ?? true)) return false;
    if (!command.hidden) {
      this.#recent = [id, ...this.#recent.filter((other) => other !== id)].slice(0, MAX_RECENT);
      this.#onRecent(this.#recent);
    }
    command.run();
    return true;
  }

  /** The keys of a command now: the person's choice, or those it came with. */
  keysOf(id: string): readonly string[] {
    const changed = this.#changedKeys[id];
    if (changed !== undefined) return changed === "" ? [] : [changed];
    return this.get(id)?.keys ?? [];
  }

  /** The key that a tooltip or a menu shows; "" for none. */
  keyOf(id: string): string {
    return this.keysOf(id)[0] ?? "";
  }

  changeKeys(changed: Record<string, string>): void {
    this.#changedKeys = changed;
    this.#changed();
  }

  /** The other command that already has this key. */
  conflict(id: string, key: string): Command | undefined {
    return this.all().find((command) => command.id !== id && this.keysOf(command.id).includes(key));
  }

  /**
   * The command that a key press stands for, among those that may run now. A press that can begin a sequence is
   * remembered for the next one. `among` leaves others out.
   */
  commandFor(press: KeyPress, among: (command: Command) => boolean = () => true): Command | undefined {
    const begun = this.#begun && Date.now() - this.#begun.at < SEQUENCE_MS ? this.#begun.press : null;
    this.#begun = null;
    let begins = false;
    const isMeant = (command: Command) =>
      this.keysOf(command.id).some((spelling) => {
        const [first = "", second] = spelling.split(" ");
        if (second === undefined) return matches(press, first);
        begins ||= matches(press, first) && mayRun(command);
        return begun !== null && matches(begun, first) && matches(press, second);
      });
    const meant = this.all().filter((command) => among(command) && isMeant(command) && mayRun(command));
    // What a key means in the place where one is comes before what it means everywhere.
    const found = meant.find((command) => command.keyWhen) ?? meant[0];
    if (!found && begins) this.#begun = { press, at: Date.now() };
    return found;
  }

  #changed(): void {
    this.version.update((version) => version + 1);
  }
}

const mayRun = (command: Command): boolean => (command.keyWhen?.() ?? true) && (command.when?.() ?? true);
