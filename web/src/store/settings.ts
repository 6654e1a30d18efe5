import { Observable } from "../net/observable";

export type ThemeChoice = "system" | "light" | "dark" | "high-contrast";
export type Theme = Exclude<ThemeChoice, "system">;

export const TERMINAL_COLOURS = [
  "theme",
  "light",
  "dark",
  "high-contrast",
  "solarized-light",
  "solarized-dark",
] as const;
export type TerminalColours = (typeof TERMINAL_COLOURS)[number];

/** What a newcomer does first, in this order. */
export const FIRST_STEPS = ["open", "change", "file", "command", "share"] as const;
export type FirstStep = (typeof FIRST_STEPS)[number];

/** How far a person is with the first steps. */
export interface FirstSteps {
  /** The project that they are shown in; "" for nobody who began. */
  projectId: string;
  dismissed: boolean;
  done: readonly FirstStep[];
}

/** What a person likes. Kept in the browser, so that the first paint knows it; and in the account, where there is one. */
export interface Settings {
  theme: ThemeChoice;
  keys: "default" | "vim" | "emacs";
  fontSize: number;
  lineWrap: boolean;
  /** Those of the page's theme, or some that stay whatever that is. */
  terminalColours: TerminalColours;
  terminalScreenReader: boolean;
  /** Shows that a program has rung the bell. */
  terminalBell: boolean;
  /** Keys that the person changed: command id to key, or to "" for none. */
  shortcuts: Record<string, string>;
  firstSteps: FirstSteps;
  /** What opens files of a kind, where the person chose another editor: ending to the id of an editor. */
  openWith: Record<string, string>;
  /** Paths of files and folders by the id of their project. */
  starredFiles: Record<string, readonly string[]>;
}

/** So many in a project, that the account's settings stay small. */
export const MAX_STARS = 50;

export const DEFAULT_SETTINGS: Settings = {
  theme: "system",
  keys: "default",
  fontSize: 13,
  lineWrap: true,
  terminalColours: "theme",
  terminalScreenReader: false,
  terminalBell: true,
  shortcuts: {},
  firstSteps: { projectId: "", dismissed: false, done: [] },
  openWith: {},
  starredFiles: {},
};
export const FONT_SIZES = [11, 12, 13, 14, 15, 16, 18, 20, 24];
/** `boot/theme.js` reads the same entry before the first paint. */
const STORAGE_KEY = "studium:settings";

/** Settings out of anything that was stored: what is missing or spoilt becomes the default. */
export function parseSettings(value: unknown): Settings {
  const stored = (typeof value === "object" && value !== null ? value : {}) as Partial<Settings>;
  const oneOf = <T>(choices: readonly T[], candidate: unknown, fallback: T) =>
    choices.includes(candidate as T) ? (candidate as T) : fallback;
  const texts = (candidate: unknown): Record<string, string> =>
    Object.fromEntries(
      Object.entries(typeof candidate === "object" && candidate !== null ? candidate : {}).filter(
        ([, text]) => typeof text === "string",
      ),
    );
  const isOn = (candidate: unknown, fallback: boolean) => (typeof candidate === "boolean" ? candidate : fallback);
  return {
    theme: oneOf(["system", "light", "dark", "high-contrast"], stored.theme, DEFAULT_SETTINGS.theme),
    keys: oneOf(["default", "vim", "emacs"], stored.keys, DEFAULT_SETTINGS.keys),
    fontSize: oneOf(FONT_SIZES, stored.fontSize, DEFAULT_SETTINGS.fontSize),
    lineWrap: isOn(stored.lineWrap, DEFAULT_SETTINGS.lineWrap),
    terminalColours: oneOf(TERMINAL_COLOURS, stored.terminalColours, DEFAULT_SETTINGS.terminalColours),
    terminalScreenReader: isOn(stored.terminalScreenReader, DEFAULT_SETTINGS.terminalScreenReader),
    terminalBell: isOn(stored.terminalBell, DEFAULT_SETTINGS.terminalBell),
    shortcuts: texts(stored.shortcuts),
    firstSteps: parseFirstSteps(stored.firstSteps),
    openWith: texts(stored.openWith),
    starredFiles: parseStars(stored.starredFiles),
  };
}

function parseStars(value: unknown): Record<string, readonly string[]> {
  const stored: [string, unknown][] = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const stars: [string, readonly string[]][] = stored.map(([project, paths]) => {
    const listed: readonly unknown[] = Array.isArray(paths) ? paths : [];
    return [project, listed.filter((path) => typeof path === "string").slice(0, MAX_STARS)];
  });
  return Object.fromEntries(stars.filter(([, paths]) => paths.length > 0));
}

function parseFirstSteps(value: unknown): FirstSteps {
  const stored = (typeof value === "object" && value !== null ? value : {}) as Partial<FirstSteps>;
  const done: readonly unknown[] = Array.isArray(stored.done) ? stored.done : [];
  return {
    projectId: typeof stored.projectId === "string" ? stored.projectId : "",
    dismissed: stored.dismissed === true,
    done: FIRST_STEPS.filter((step) => done.includes(step)),
  };
}

/** Reads a JSON entry of the browser's storage; null when it is absent, spoilt or blocked. */
export function readStored(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** Writes one; a full or blocked storage loses a convenience, never work. */
export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Nothing to do: the page goes on without remembering.
  }
}

export const settings = new Observable<Settings>(parseSettings(readStored(STORAGE_KEY)));
/** The theme that is shown: what was chosen, or what the system says. */
export const theme = new Observable<Theme>("light");

type Save = (next: Settings, before: Settings) => void;
let saveToAccount: Save | null = null;

/** Changes some settings, here and in the account. */
export function changeSettings(change: Partial<Settings>): void {
  const before = settings.get();
  settings.set({ ...before, ...change });
  writeStored(STORAGE_KEY, settings.get());
  saveToAccount?.(settings.get(), before);
}

/** The Tutorial of an account that was made just now, until the account's settings can be written. */
let beginning = "";

/** An account was made: its first steps are shown in this project. */
export function beginFirstSteps(projectId: string): void {
  beginning = projectId;
}

/** One of the first steps was really done. */
export function didFirstStep(step: FirstStep): void {
  const { firstSteps } = settings.get();
  if (!firstSteps.projectId || firstSteps.done.includes(step)) return;
  const done = FIRST_STEPS.filter((one) => one === step || firstSteps.done.includes(one));
  changeSettings({ firstSteps: { ...firstSteps, done } });
}

/** Takes over what the account holds (another browser may have changed it) and writes later changes there. */
export function connectAccount(stored: unknown, save: Save | null): void {
  saveToAccount = save;
  const known = typeof stored === "object" && stored !== null && Object.keys(stored).length > 0;
  // An account without settings goes on with this browser's, but not with the first steps of whoever was here before.
  const next = known ? parseSettings(stored) : { ...settings.get(), firstSteps: DEFAULT_SETTINGS.firstSteps };
  if (JSON.stringify(next) !== JSON.stringify(settings.get())) {
    settings.set(next);
    writeStored(STORAGE_KEY, next);
  }
  if (!beginning || !save) return;
  const firstSteps = { ...DEFAULT_SETTINGS.firstSteps, projectId: beginning };
  beginning = "";
  changeSettings({ firstSteps });
}

function wanted(): Theme {
  const chosen = settings.get().theme;
  if (chosen !== "system") return chosen;
  if (matchMedia("(prefers-contrast: more)").matches) return "high-contrast";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Keeps `data-theme` of the page at what was chosen and what the system says. */
export function followTheme(): void {
  const show = () => {
    theme.set(wanted());
    document.documentElement.dataset.theme = theme.get();
  };
  settings.subscribe(show);
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
    matchMedia(query).addEventListener("change", show);
  }
  show();
}
