import { type CSSProperties, useState } from "react";

/** Up to two letters for a name: first of the first word and of the last. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...(word ?? "")][0]?.toUpperCase() ?? "").join("") || "?";
}

/** The colour of a person as CSS custom properties: `--person` and, for text on it, `--on-person`. */
export function personStyle(colour: number): CSSProperties {
  const index = ((colour % 12) + 12) % 12;
  return { "--person": `var(--person-${index})`, "--on-person": `var(--on-person-${index})` } as CSSProperties;
}

export interface AvatarProps {
  name: string;
  colour: number;
  /** The address of their picture, if they have one. */
  picture?: string | undefined;
  size?: "small" | "large";
  label?: string;
}

/**
 * Somebody: their picture; until it is there, and without one, initials on their colour. These are drawn by the style sheet
 * and no text, so that a search for a name finds the name. Decoration beside a name; alone, pass `label`.
 */
export function Avatar(props: AvatarProps) {
  const [failed, setFailed] = useState<string | null>(null);
  const named = props.label ? { role: "img", "aria-label": props.label, title: props.label } : { "aria-hidden": true };
  return (
    <span
      className={`avatar ${props.size ?? ""}`}
      style={personStyle(props.colour)}
      data-initials={initials(props.name)}
      {...named}
    >
      {props.picture && props.picture !== failed && (
        <img src={props.picture} alt="" draggable={false} onError={() => setFailed(props.picture ?? null)} />
      )}
    </span>
  );
}
