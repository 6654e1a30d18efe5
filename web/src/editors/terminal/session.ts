import { sentence } from "../../net/api";
import { isFile } from "../../net/files";
import { Observable } from "../../net/observable";
import { copyText } from "../../ui/copy";
import { toast } from "../../ui/toast-queue";
import { TerminalClient } from "./client";
import { type Arrow, arrow, bytesOf, bytesOfBinary, type Held, isReport, linesIn, pasted, withHeld } from "./input";
import { type Look, XtermScreen } from "./screen";

/** How long the bell is shown, and that something was typed in vain. */
const BELL_MS = 1_500;
const UNSENT_MS = 4_000;
/** Characters of a paste: more is a file. */
const MOST_PASTED = 1_000_000;
const NOTHING_HELD: Held = { ctrl: false, alt: false };

export interface SessionOptions {
  projectId: string;
  path: string;
  terminalId: string;
  accountId: string;
  look: Look;
  label: string;
  /** May this person type? The server refuses it in any case. */
  mayType(): boolean;
  /** The bell is to be shown. */
  bells(): boolean;
  openFiles(paths: readonly string[]): void;
  openFile(path: string, line?: number): void;
  /** Starts the project, which is stopped. */
  startProject(): void;
}

/** One terminal of the page: what draws it, its connection, and what is only here. */
export class TerminalSession {
  readonly screen: XtermScreen;
  readonly client: TerminalClient;
  /** Modifiers of the key bar, for the next key. */
  readonly held = new Observable<Held>(NOTHING_HELD);
  /** What a click with Ctrl or Command would open. */
  readonly hovered = new Observable<string | null>(null);
  readonly rang = new Observable(false);
  /** Something was typed that went nowhere. */
  readonly unsent = new Observable(false);
  /** Many lines that wait for a yes, since the program would run each as it comes. */
  readonly asked = new Observable<string | null>(null);
  readonly #timers = new Map<Observable<boolean>, ReturnType<typeof setTimeout>>();

  constructor(readonly options: SessionOptions) {
    this.screen = new XtermScreen(options.look, options.label, {
      onData: (data) => this.#typed(data),
      onBinary: (data) => this.#send(bytesOfBinary(data)),
      onHover: (target) => this.hovered.set(target),
      onFile: (path, line) => void this.#openPrinted(path, line),
      directory: () => this.client.status.get()?.directory ?? null,
    });
    this.client = new TerminalClient({
      projectId: options.projectId,
      path: options.path,
      terminalId: options.terminalId,
      accountId: options.accountId,
      screen: this.screen,
      onBell: () => options.bells() && this.#flash(this.rang, BELL_MS),
      onOpenFiles: options.openFiles,
      onSaved: (path) =>
        toast(`The output is saved in “${path}”.`, { act: { label: "Open", run: () => options.openFile(path) } }),
      onFailed: (error) => toast(error.message, { danger: true }),
    });
  }

  focus(): void {
    this.screen.terminal.focus();
  }

  /** Takes the focus once it is drawn. */
  focusSoon(): void {
    void this.screen.opened.then(() => this.focus());
  }

  /** Types as if by hand: signs of the key bar. */
  key(text: string): void {
    this.#typed(text);
  }

  arrow(key: Arrow): void {
    const { ctrl, alt } = this.held.get();
    this.held.set(NOTHING_HELD);
    this.#typed(arrow(key, this.screen.terminal.modes.applicationCursorKeysMode, { ctrl, alt }));
  }

  hold(key: keyof Held): void {
    this.held.update((held) => ({ ...held, [key]: !held[key] }));
  }

  /** Pastes, or asks first: without brackets each line runs as soon as it is there. */
  paste(text: string): void {
    if (!text || !this.options.mayType()) return;
    if (text.length > MOST_PASTED) {
      toast("This is too much to paste into a terminal. Upload it as a file instead.", { danger: true });
      return;
    }
    if (!this.screen.terminal.modes.bracketedPasteMode && linesIn(text) > 1) this.asked.set(text);
    else this.pasteNow(text);
  }

  pasteNow(text: string): void {
    this.asked.set(null);
    this.#typed(pasted(text, this.screen.terminal.modes.bracketedPasteMode));
    this.screen.terminal.scrollToBottom();
  }

  async pasteClipboard(): Promise<void> {
    try {
      this.paste(await navigator.clipboard.readText());
      this.focus();
    } catch {
      toast("The browser does not let the page read the clipboard. Press Ctrl+Shift+V (⌘V on a Mac) to paste.", {
        danger: true,
      });
    }
  }

  async copy(): Promise<void> {
    const text = this.screen.terminal.getSelection();
    if (text) await copyText(text, "Copied.");
  }

  /** Starts what has ended, or with `restart` ends first what runs. */
  start(restart = false): void {
    this.client.send({ type: "start", restart });
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.client.close();
    this.screen.close();
  }

  /** A path that a program has printed, which need not be one. */
  async #openPrinted(path: string, line?: number): Promise<void> {
    try {
      if (await isFile(this.options.projectId, path)) this.options.openFile(path, line);
      else toast(`There is no file “${path}” in this project.`);
    } catch (error) {
      toast(sentence(error), { danger: true });
    }
  }

  #typed(data: string): void {
    if (!this.options.mayType()) return;
    const report = isReport(data);
    const state = this.client.connection.state.get();
    if (state === "paused") {
      if (!report) this.options.startProject();
      return;
    }
    const ended = this.client.status.get()?.state;
    if (state === "open" && (ended === "exited" || ended === "lost")) {
      if (!report) this.start();
      return;
    }
    // Looking on must not look like typing: it would take the size of the one who does.
    if (report) {
      if (this.client.rulesSize) this.client.type(bytesOf(data));
      return;
    }
    const held = this.held.get();
    if (held.ctrl || held.alt) this.held.set(NOTHING_HELD);
    this.#send(bytesOf(withHeld(data, held)));
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.options.mayType()) return;
    if (!this.client.type(bytes)) this.#flash(this.unsent, UNSENT_MS);
  }

  #flash(shown: Observable<boolean>, milliseconds: number): void {
    clearTimeout(this.#timers.get(shown));
    shown.set(true);
    this.#timers.set(
      shown,
      setTimeout(() => shown.set(false), milliseconds),
    );
  }
}
