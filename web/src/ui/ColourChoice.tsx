import { Label, Radio, RadioGroup } from "react-aria-components";
import { personStyle } from "./Avatar";

/** As many as there are in the style sheet; a theme draws each its own way, so they have numbers and no names. */
const COLOURS = 12;
const NONE = "none";

interface ColourChoiceProps {
  label: string;
  /** 0–11; null is none, where that may be chosen. */
  value: number | null;
  mayBeNone?: boolean;
  onChange(colour: number | null): void;
}

/** One of the twelve colours of people and projects. */
export function ColourChoice({ label, value, mayBeNone, onChange }: ColourChoiceProps) {
  return (
    <RadioGroup
      className="field"
      orientation="horizontal"
      value={value === null ? NONE : String(value)}
      onChange={(chosen) => onChange(chosen === NONE ? null : Number(chosen))}
    >
      <Label className="label">{label}</Label>
      <div className="swatches">
        {mayBeNone && <Radio value={NONE} aria-label="No colour" className="swatch none" />}
        {Array.from({ length: COLOURS }, (_, index) => String(index)).map((index) => (
          <Radio
            key={index}
            value={index}
            aria-label={`Colour ${Number(index) + 1}`}
            className="swatch"
            style={personStyle(Number(index))}
          />
        ))}
      </div>
    </RadioGroup>
  );
}
