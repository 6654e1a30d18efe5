/**
 * Keys in one spelling: `Mod-Shift-f`, `Alt-1`, `F2`. `Mod` is Command on a Mac and Control elsewhere, `Ctrl` is Control
 * everywhere. The last part is the key's name in lower case for letters. `d d` is one after the other.
 */
export interface Key {
  mod: boolean;
  ctrl: boolean;
  alt: boolean;
  shift: boolean;
  key: string;
}

/** Keys that browsers keep for themselves, or that a page must not take from them. */
const RESERVED = new Set([
  "Mod-n",
  "Mod-t",
  "Mod-w",
  "Mod-Shift-n",
  "Mod-Shift-t",
  "Mod-Shift-w",
  "Mod-Tab",
  "Mod-q",
  "Mod-l",
  "Mod-r",
  "F5",
  "F11",
  "F12",
  "Alt-F4",
]);

export function parseKey(spelling: string): Key {
  const parts = spelling.split("-");
  // "Mod--" is Mod and the minus key.
  const key = spelling.endsWith("--") || spelling === "-" ? "-" : (parts.at(-1) ?? "");
  const held = new Set(parts.slice(0, -1));
  return {
    mod: held.has("Mod"),
    ctrl: held.has("Ctrl"),
    alt: held.has("Alt"),
    shift: held.has("Shift"),
    key: key.length === 1 ? key.toLowerCase() : key,
  };
}

export function isReserved(spelling: string): boolean {
  return RESERVED.has(spelling);
}

export const isMac = (platform: string = globalThis.navigator?.platform ?? ""): boolean =>
  /Mac|iPhone|iPad/.test(platform);

export type KeyPress = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** The name of what was pressed, whatever Alt or Shift make of it on this keyboard. */
function nameOf(press: KeyPress): string {
  if (press.key === " ") return "Space";
  if (press.key === "_" && press.code === "Minus") return "-";
  const digit = /^Digit(\d)$/.exec(press.code ?? "");
  if (press.altKey && digit?.[1]) return digit[1];
  const letter = /^Key([A-Z])$/.exec(press.code ?? "");
  if (press.altKey && letter?.[1]) return letter[1].toLowerCase();
  return press.key.length === 1 ? press.key.toLowerCase() : press.key;
}

export function matches(press: KeyPress, spelling: string, mac: boolean = isMac()): boolean {
  if (!spelling) return false;
  const key = parseKey(spelling);
  const mod = mac ? press.metaKey : press.ctrlKey;
  const ctrl = mac ? press.ctrlKey : false;
  const wantsMod = key.mod || (!mac && key.ctrl);
  if (mod !== wantsMod || ctrl !== (mac && key.ctrl) || press.altKey !== key.alt) return false;
  // Shift is part of how some signs are typed ("?" and ":"): there the sign decides.
  const shiftMatters = key.shift || /^[a-z0-9]$|^.{2,}$/i.test(key.key);
  if (shiftMatters && press.shiftKey !== key.shift) return false;
  return nameOf(press) === key.key;
}

/** What was pressed, in our spelling; "" for a modifier alone. */
export function spell(press: KeyPress, mac: boolean = isMac()): string {
  if (["Control", "Meta", "Alt", "Shift", "CapsLock", "Dead", "AltGraph"].includes(press.key)) return "";
  const parts: string[] = [];
  if (mac ? press.metaKey : press.ctrlKey) parts.push("Mod");
  if (mac && press.ctrlKey) parts.push("Ctrl");
  if (press.altKey) parts.push("Alt");
  if (press.shiftKey) parts.push("Shift");
  return [...parts, nameOf(press)].join("-");
}

const SIGNS_MAC: Record<string, string> = { Mod: "⌘", Ctrl: "⌃", Alt: "⌥", Shift: "⇧", Enter: "↩", Delete: "⌦" };
const NAMES: Record<string, string> = { Mod: "Ctrl", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

/** For people: `⇧⌘F` on a Mac, `Ctrl+Shift+F` elsewhere. */
export function showKey(spelling: string, mac: boolean = isMac()): string {
  if (!spelling) return "";
  const [first = "", second] = spelling.split(" ");
  if (second !== undefined) return `${showKey(first, mac)} ${showKey(second, mac)}`;
  const { mod, ctrl, alt, shift, key } = parseKey(spelling);
  const name = key.length === 1 ? key.toUpperCase() : (NAMES[key] ?? (mac ? (SIGNS_MAC[key] ?? key) : key));
  const held = [ctrl && "Ctrl", alt && "Alt", shift && "Shift", mod && "Mod"].filter((part) => part !== false);
  if (mac) return held.map((part) => SIGNS_MAC[part]).join("") + name;
  return [(mod || ctrl) && "Ctrl", alt && "Alt", shift && "Shift"]
    .filter((part) => part !== false)
    .concat(name)
    .join("+");
}

/** The same for `aria-keyshortcuts`. */
export function ariaKey(spelling: string, mac: boolean = isMac()): string | undefined {
  if (!spelling || spelling.includes(" ")) return undefined; // which could not tell one after the other
  const { mod, ctrl, alt, shift, key } = parseKey(spelling);
  const held = [mod && (mac ? "Meta" : "Control"), ctrl && "Control", alt && "Alt", shift && "Shift"];
  return [...held.filter((part) => part !== false), key.length === 1 ? key.toUpperCase() : key].join("+");
}
