import type { ReactNode } from "react";

/** On a phone: keys that its own keyboard lacks, and acts. */
export function KeyBar({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="key-bar" role="toolbar" aria-label={label}>
      {children}
    </div>
  );
}

interface KeyProps {
  label: string;
  /** Of a key that holds. */
  pressed?: boolean;
  children: ReactNode;
  onPress(): void;
}

/** A press leaves the focus, and with it the phone's keyboard, where it is. */
export function Key({ label, pressed, children, onPress }: KeyProps) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label}
      aria-pressed={pressed}
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onPress}
    >
      {children}
    </button>
  );
}
