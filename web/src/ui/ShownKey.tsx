import { showKey } from "../commands/keys";

/** A key beside what it does. For the eye only: assistive technology has `aria-keyshortcuts`. */
export function ShownKey({ shortcut }: { shortcut: string }) {
  if (!shortcut) return null;
  return <span className="shown-key" data-key-name={showKey(shortcut)} aria-hidden />;
}
