import { readStored, writeStored } from "../../store/settings";

/** More commands than this are forgotten. */
export const MAX_COMMANDS = 50;

/** The commands that were run in a project, for the arrow keys. Remembered in this browser. */
export class CommandHistory {
  readonly #key: string;
  #commands: string[];
  /** Where the arrow keys are; at the length of the list they are at what is being typed. */
  #at: number;
  #typed = "";

  constructor(projectId: string) {
    this.#key = `studium:commands:${projectId}`;
    const stored = readStored(this.#key);
    this.#commands = Array.isArray(stored) ? stored.filter((one) => typeof one === "string") : [];
    this.#at = this.#commands.length;
  }

  add(command: string): void {
    this.#commands = [...this.#commands.filter((one) => one !== command), command].slice(-MAX_COMMANDS);
    this.#at = this.#commands.length;
    this.#typed = "";
    writeStored(this.#key, this.#commands);
  }

  /** The one before; what is being typed is kept for the way back. */
  earlier(typed: string): string {
    if (this.#at === this.#commands.length) this.#typed = typed;
    this.#at = Math.max(0, this.#at - 1);
    return this.#commands[this.#at] ?? this.#typed;
  }

  later(): string {
    this.#at = Math.min(this.#commands.length, this.#at + 1);
    return this.#commands[this.#at] ?? this.#typed;
  }
}
