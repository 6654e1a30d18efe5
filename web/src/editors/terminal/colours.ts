import type { ITheme } from "@xterm/xterm";
import type { Theme } from "../../store/settings";

/** Sixteen colours, text and page. Those that programs put behind text, black in the dark and white in the light, aside,
 * each is readable on the page (4.5:1, tested); xterm.js sees to the rest (`minimumContrastRatio`). */
const LIGHT: ITheme = {
  background: "#ffffff",
  foreground: "#1c1b1a",
  cursor: "#3454d1",
  cursorAccent: "#ffffff",
  selectionBackground: "#c9d4fb",
  selectionInactiveBackground: "#e3e8fa",
  black: "#1c1b1a",
  red: "#b3261e",
  green: "#1b7344",
  yellow: "#875300",
  blue: "#2a45b0",
  magenta: "#8a2f94",
  cyan: "#0b6675",
  white: "#d6d3cd",
  brightBlack: "#6b6862",
  brightRed: "#c93a2f",
  brightGreen: "#1f7d3c",
  brightYellow: "#8f6400",
  brightBlue: "#3454d1",
  brightMagenta: "#9a3fb5",
  brightCyan: "#157887",
  brightWhite: "#ffffff",
};

const DARK: ITheme = {
  background: "#15171b",
  foreground: "#e8e9eb",
  cursor: "#8ea5ff",
  cursorAccent: "#15171b",
  selectionBackground: "#33407a",
  selectionInactiveBackground: "#28325a",
  black: "#2b2f36",
  red: "#ff7b72",
  green: "#5fcf95",
  yellow: "#e0b050",
  blue: "#7d9bff",
  magenta: "#d29bf0",
  cyan: "#56c8d8",
  white: "#c9cdd3",
  brightBlack: "#8b929c",
  brightRed: "#ff938a",
  brightGreen: "#7be0ac",
  brightYellow: "#f2cc74",
  brightBlue: "#a3b8ff",
  brightMagenta: "#e2b8fa",
  brightCyan: "#7fdcea",
  brightWhite: "#ffffff",
};

const HIGH_CONTRAST: ITheme = {
  ...DARK,
  background: "#000000",
  foreground: "#ffffff",
  cursor: "#ffffff",
  cursorAccent: "#000000",
  selectionBackground: "#2c3a86",
  selectionInactiveBackground: "#2c3a86",
  black: "#22262e",
  red: "#ffb3ad",
  green: "#7dfcb4",
  yellow: "#ffd166",
  blue: "#b4c3ff",
  magenta: "#f0c4ff",
  cyan: "#8ff0ff",
  white: "#e0e2e6",
  brightBlack: "#b8bcc4",
};

/** Ethan Schoonover's, with the greys as text, as most terminals have it. */
const SOLARIZED = {
  red: "#dc322f",
  green: "#859900",
  yellow: "#b58900",
  blue: "#268bd2",
  magenta: "#d33682",
  cyan: "#2aa198",
  brightRed: "#cb4b16",
  brightMagenta: "#6c71c4",
};
const SOLARIZED_DARK: ITheme = {
  ...SOLARIZED,
  background: "#002b36",
  foreground: "#93a1a1",
  cursor: "#93a1a1",
  cursorAccent: "#002b36",
  selectionBackground: "#0b4554",
  black: "#073642",
  white: "#eee8d5",
  brightBlack: "#839496",
  brightGreen: "#93a1a1",
  brightYellow: "#839496",
  brightBlue: "#93a1a1",
  brightCyan: "#93a1a1",
  brightWhite: "#fdf6e3",
};
const SOLARIZED_LIGHT: ITheme = {
  ...SOLARIZED_DARK,
  background: "#fdf6e3",
  foreground: "#586e75",
  cursor: "#586e75",
  cursorAccent: "#fdf6e3",
  selectionBackground: "#e0dbc6",
  brightBlack: "#657b83",
  brightGreen: "#586e75",
  brightYellow: "#657b83",
  brightBlue: "#586e75",
  brightCyan: "#586e75",
};

/** What a person may choose beside the colours of the page's theme. */
export const SCHEMES = {
  light: LIGHT,
  dark: DARK,
  "high-contrast": HIGH_CONTRAST,
  "solarized-light": SOLARIZED_LIGHT,
  "solarized-dark": SOLARIZED_DARK,
} as const satisfies Record<string, ITheme>;

export type Scheme = keyof typeof SCHEMES;

export function coloursOf(chosen: Scheme | "theme", theme: Theme): ITheme {
  return SCHEMES[chosen === "theme" ? theme : chosen];
}

/** How far text and what is behind it must be apart. */
export function contrastOf(theme: Theme): number {
  return theme === "high-contrast" ? 7 : 4.5;
}
