import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { type ITheme, Terminal } from "@xterm/xterm";
import type { Theme } from "../../store/settings";
import type { Screen } from "./client";
import { coloursOf, contrastOf, type Scheme } from "./colours";
import { pathInProject, printedPaths } from "./input";
import { swallowQueries } from "./swallow";
import "@xterm/xterm/css/xterm.css";

/** Lines above the screen that a page keeps; the server sends no more. */
const SCROLLBACK_LINES = 10_000;
/** The room of the scroll bar, and the least that a terminal is asked to be. */
const SCROLLBAR_PX = 14;
const LEAST = { columns: 10, rows: 3 };
const MOST = { columns: 1_000, rows: 500 };
/** A face that does not come must not keep the terminal from being shown. */
const FONT_WITHIN_MS = 2_000;
/** Quiet on every page. */
const SCROLLBAR = {
  scrollbarSliderBackground: "#80808050",
  scrollbarSliderHoverBackground: "#80808090",
  scrollbarSliderActiveBackground: "#808080b0",
};
const FONT = '"JetBrains Mono Variable", ui-monospace, monospace';

export interface Look {
  theme: Theme;
  scheme: Scheme | "theme";
  fontSize: number;
  screenReader: boolean;
}

export interface ScreenEvents {
  /** Text that was typed, or that stands for a key or the mouse. */
  onData(data: string): void;
  /** The same in bytes, one a character. */
  onBinary(data: string): void;
  /** The mouse is over something to open, which is this; null once it is not any more. */
  onHover(target: string | null): void;
  onFile(path: string, line?: number): void;
  /** Where the program in front is, for paths that it prints. */
  directory(): string | null;
}

/** Draws one terminal: xterm.js with what it needs here. */
export class XtermScreen implements Screen {
  readonly terminal: Terminal;
  readonly search = new SearchAddon({ highlightLimit: 2_000 });
  /** Once it draws. */
  readonly opened: Promise<void>;
  #open: () => void = () => {};
  #host: HTMLElement | null = null;
  #look: Look;
  #closed = false;
  /** Drawn by WebGL. */
  #isFast = false;

  constructor(look: Look, label: string, events: ScreenEvents) {
    this.#look = look;
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    const open = (event: MouseEvent, uri: string) => {
      if (meant(event)) openAddress(uri);
    };
    this.terminal = new Terminal({
      ...optionsOf(look),
      allowProposedApi: true,
      fontFamily: FONT,
      lineHeight: 1.2,
      cursorBlink: false,
      cursorInactiveStyle: "outline",
      scrollback: SCROLLBACK_LINES,
      macOptionClickForcesSelection: true,
      rightClickSelectsWord: false,
      // Only what begins with http or https can be opened at all: xterm.js asks for no other.
      linkHandler: {
        activate: open,
        hover: (_event, uri) => events.onHover(uri),
        leave: () => events.onHover(null),
        allowNonHttpProtocols: false,
      },
    });
    this.terminal.loadAddon(this.search);
    this.terminal.loadAddon(new Unicode11Addon());
    this.terminal.unicode.activeVersion = "11";
    this.terminal.loadAddon(
      new WebLinksAddon(open, { hover: (_event, uri) => events.onHover(uri), leave: () => events.onHover(null) }),
    );
    this.#offerFiles(events);
    swallowQueries(this.terminal.parser);
    this.terminal.onData(events.onData);
    this.terminal.onBinary(events.onBinary);
    this.terminal.onCursorMove(() => this.showCursor());
    this.#label = label;
  }

  readonly #label: string;

  /** Begins to draw in an element, once its face is there. */
  async open(host: HTMLElement): Promise<void> {
    await Promise.race([
      Promise.all([400, 700].map((weight) => document.fonts.load(`${weight} ${this.#look.fontSize}px ${FONT}`))),
      new Promise((resolve) => setTimeout(resolve, FONT_WITHIN_MS)),
    ]).catch(() => {});
    if (this.#closed) return;
    this.#host = host;
    this.terminal.open(host);
    this.look(this.#look);
    this.terminal.textarea?.setAttribute("aria-label", this.#label);
    this.terminal.textarea?.setAttribute("enterkeyhint", "send");
    this.#open();
    await this.#drawFast();
  }

  look(look: Look): void {
    this.#look = look;
    Object.assign(this.terminal.options, optionsOf(look));
    this.terminal.options.letterSpacing = this.#isFast ? spacing(look.fontSize) : 0;
    this.#host?.style.setProperty("--terminal-page", coloursOf(look.scheme, look.theme).background ?? "");
  }

  /** How many cells have room in so many pixels; null while nothing is drawn. */
  fitting(width: number, height: number): { columns: number; rows: number } | null {
    const screen = this.#host?.querySelector(".xterm-screen")?.getBoundingClientRect();
    if (!screen || screen.width === 0 || screen.height === 0 || width <= 0 || height <= 0) return null;
    const { cols, rows } = this.terminal;
    const within = (count: number, least: number, most: number) => Math.max(least, Math.min(most, Math.floor(count)));
    return {
      columns: within((width - SCROLLBAR_PX) / (screen.width / cols), LEAST.columns, MOST.columns),
      rows: within(height / (screen.height / rows), LEAST.rows, MOST.rows),
    };
  }

  /** Of a terminal that is larger than its room here, shows the part where one types. */
  showCursor(): void {
    const host = this.#host;
    if (!host || (host.scrollHeight <= host.clientHeight && host.scrollWidth <= host.clientWidth)) return;
    const screen = host.querySelector(".xterm-screen");
    const { cursorX, cursorY } = this.terminal.buffer.active;
    const column = (screen?.clientWidth ?? 0) / this.terminal.cols;
    const row = (screen?.clientHeight ?? 0) / this.terminal.rows;
    const within = (at: number, size: number, begin: number, room: number) =>
      at < begin ? at : at + size > begin + room ? at + size - room : begin;
    host.scrollTop = within(cursorY * row, 2 * row, host.scrollTop, host.clientHeight);
    host.scrollLeft = within(cursorX * column, 4 * column, host.scrollLeft, host.clientWidth);
  }

  /** In its turn, after what was written before. */
  resize(columns: number, rows: number): void {
    this.terminal.write("", () => {
      if (this.terminal.cols !== columns || this.terminal.rows !== rows) this.terminal.resize(columns, rows);
    });
  }

  write(bytes: Uint8Array, drawn: () => void): void {
    this.terminal.write(bytes, drawn);
  }

  close(): void {
    this.#closed = true;
    this.terminal.dispose();
  }

  /** By WebGL where a real one is there; without it, and once it is lost, by elements of the page. */
  async #drawFast(): Promise<void> {
    if (!hasGraphics()) return;
    try {
      const { WebglAddon } = await import("@xterm/addon-webgl");
      if (this.#closed) return;
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => {
        webgl.dispose();
        this.#isFast = false;
        this.look(this.#look);
      });
      this.terminal.loadAddon(webgl);
      this.#isFast = true;
      this.look(this.#look);
    } catch (error) {
      console.warn("The terminal is drawn without WebGL.", error);
    }
  }

  #offerFiles({ onFile, onHover, directory }: ScreenEvents): void {
    this.terminal.registerLinkProvider({
      provideLinks: (row, answer) => {
        const here = directory();
        const text = this.terminal.buffer.active.getLine(row - 1)?.translateToString(true) ?? "";
        if (here === null) {
          answer(undefined);
          return;
        }
        const links = printedPaths(text).flatMap(({ path, line, from, to }) => {
          const file = pathInProject(path, here);
          if (file === null) return [];
          return {
            text: text.slice(from, to),
            range: { start: { x: from + 1, y: row }, end: { x: to, y: row } },
            activate: (event: MouseEvent) => {
              if (meant(event)) onFile(file, line);
            },
            hover: () => onHover(line === undefined ? file : `${file}, line ${line}`),
            leave: () => onHover(null),
          };
        });
        answer(links);
      },
    });
  }
}

/** Is there a graphics processor? What a program makes of it is slower than the page's own elements. */
function hasGraphics(): boolean {
  const probe = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!probe) return false;
  const info = probe.getExtension("WEBGL_debug_renderer_info");
  const name = info ? String(probe.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  probe.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|software/i.test(name);
}

/** WebGL cuts the width of a character down to whole pixels: it gets the one back that it lost most of. */
function spacing(fontSize: number): number {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return 0;
  context.font = `${fontSize}px ${FONT}`;
  return Math.round((context.measureText("W").width * devicePixelRatio) % 1);
}

function optionsOf({ theme, scheme, fontSize, screenReader }: Look) {
  const colours: ITheme = { ...coloursOf(scheme, theme), ...SCROLLBAR };
  return {
    theme: colours,
    fontSize,
    minimumContrastRatio: contrastOf(theme),
    screenReaderMode: screenReader,
    drawBoldTextInBrightColors: false,
  };
}

/** A click that is meant to open something: with a modifier, since a plain one selects; a finger has none. */
function meant(event: MouseEvent): boolean {
  return event.ctrlKey || event.metaKey || ("pointerType" in event && event.pointerType === "touch");
}

function openAddress(uri: string): void {
  if (/^https?:\/\//i.test(uri)) window.open(uri, "_blank", "noopener,noreferrer");
}
