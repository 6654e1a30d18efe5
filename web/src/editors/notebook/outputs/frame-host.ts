/** The page's side of one sandboxed frame: brings scripts and items into it, and hears what it says. */

import { type FrameItem, type FromFrame, readFrameMessage, type ToFrame } from "./frame/protocol";
import { hearFrame } from "./frame-messages";
import { type FrameScript, isFrameScript, loadScript, scriptsFor } from "./frame-scripts";
import { currentTheme, watchTheme } from "./frame-theme";

export interface FrameListener {
  onHeight(height: number): void;
  onLink(url: string): void;
  /** It cannot draw, or was cut off: why, and what to do. */
  onProblem(sentence: string): void;
  onMessage?(message: FromFrame): void;
  /** The scripts run: what the items need may be sent. */
  onRunning?(): void;
}

export class FrameHost {
  #items: readonly FrameItem[] = [];
  /** Scripts that were sent into the frame, and whether they have run. */
  #scripts = new Map<string, { run: Promise<void>; hasRun(): void }>();
  #running = false;
  /** Counts the documents that were in the frame: one that is moved in the page is loaded anew. */
  #life = 0;
  #pictures = new Map<number, (picture: string | null) => void>();
  #stops: (() => void)[];

  constructor(
    private readonly frame: Window,
    private readonly listener: FrameListener,
  ) {
    this.#stops = [
      hearFrame(
        frame,
        (data) => this.#hear(data),
        () => listener.onProblem("This output was stopped: it sent the page messages without end."),
      ),
      watchTheme(() => {
        if (this.#running) this.send({ type: "theme", theme: currentTheme() });
      }),
    ];
  }

  /** Draws these, in place of what was drawn before. */
  draw(items: readonly FrameItem[]): void {
    this.#items = items;
    if (this.#life > 0) void this.#bring(this.#life);
  }

  send(message: ToFrame, transfer: Transferable[] = []): void {
    // The origin of the frame is opaque, so no target can be named; its policy lets nothing but our own page be its parent.
    this.frame.postMessage(message, "*", transfer);
  }

  /** A picture of what is drawn, as a `data:` address; null when there is none. */
  async takePicture(): Promise<string | null> {
    if (!this.#running) return null;
    const request = this.#pictures.size + 1;
    return new Promise((resolve) => {
      this.#pictures.set(request, resolve);
      this.send({ type: "picture", request });
    });
  }

  stop(): void {
    this.#life = -1;
    for (const stop of this.#stops) stop();
    for (const resolve of this.#pictures.values()) resolve(null);
    this.#pictures.clear();
  }

  #hear(data: unknown): void {
    const message = readFrameMessage(data);
    if (!message || this.#life < 0) return;
    switch (message.type) {
      case "ready":
        this.#life += 1;
        this.#scripts.clear();
        this.#running = false;
        void this.#bring(this.#life);
        break;
      case "shown":
        this.#scripts.get(message.name)?.hasRun();
        break;
      case "failed":
        this.listener.onProblem("This output cannot be shown: the script that draws it does not run in this browser.");
        break;
      case "height":
        this.listener.onHeight(message.height);
        break;
      case "link":
        this.listener.onLink(message.url);
        break;
      case "script":
        if (isFrameScript(message.name)) void this.#need(message.name, this.#life);
        break;
      case "picture":
        this.#pictures.get(message.request)?.(message.picture);
        this.#pictures.delete(message.request);
        break;
      default:
        this.listener.onMessage?.(message);
    }
  }

  /** Runs what the items need and has not run yet, then sends them. */
  async #bring(life: number): Promise<void> {
    const items = this.#items;
    for (const name of scriptsFor(items)) {
      if (!(await this.#run(name, life))) return;
    }
    if (items !== this.#items) return;
    if (!this.#running) {
      this.#running = true;
      this.send({ type: "theme", theme: currentTheme() });
      this.listener.onRunning?.();
    }
    this.send({ type: "items", items: [...items] });
  }

  async #need(name: FrameScript, life: number): Promise<void> {
    if (await this.#run(name, life)) this.send({ type: "ran", name });
  }

  /** Runs a script in the frame, once in its life; false when that life is over. */
  async #run(name: FrameScript, life: number): Promise<boolean> {
    let script = this.#scripts.get(name);
    if (!script) {
      let hasRun = () => {};
      const run = new Promise<void>((resolve) => {
        hasRun = resolve;
      });
      script = { run, hasRun };
      this.#scripts.set(name, script);
      try {
        const bytes = await loadScript(name);
        if (life === this.#life) this.frame.postMessage({ kind: "script", name, bytes }, "*");
      } catch (error) {
        if (life === this.#life) this.listener.onProblem(error instanceof Error ? error.message : String(error));
        return false;
      }
    }
    if (life === this.#life) await script.run;
    return life === this.#life;
  }
}
