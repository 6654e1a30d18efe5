/** The theme of this page, as frames are told of it. */
import type { FrameTheme } from "./frame/protocol";

const VARIABLES = [
  "--page",
  "--panel",
  "--line",
  "--control-line",
  "--text",
  "--secondary",
  "--accent",
  "--on-accent",
  "--hover",
  "--selected",
  "--success",
  "--warning",
  "--danger",
  "--danger-soft",
  "--radius",
  "--text-frame",
  "--text-small",
  "--text-code",
];

export function currentTheme(): FrameTheme {
  const style = getComputedStyle(document.documentElement);
  return {
    dark: document.documentElement.dataset.theme !== "light",
    variables: Object.fromEntries(VARIABLES.map((name) => [name, resolved(style.getPropertyValue(name))])),
  };

  /** Custom properties are handed out as they were written; those that name others mean nothing elsewhere. */
  function resolved(value: string): string {
    return value.replace(/var\((--[\w-]+)\)/g, (_whole, name: string) => style.getPropertyValue(name)).trim();
  }
}

/** Calls `listener` whenever the theme changes; answers how to stop. */
export function watchTheme(listener: () => void): () => void {
  const seen = new MutationObserver(listener);
  seen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => seen.disconnect();
}
