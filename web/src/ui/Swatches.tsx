import { Check } from "lucide-react";
import { Label, Radio, RadioGroup } from "react-aria-components";
import { personStyle } from "./Avatar";

const COLOURS = Array.from({ length: 12 }, (_, index) => index);

const NONE = "none";

interface SwatchesProps<T extends number | null> {
  label: string;
  value: T;
  /** Whether there may be none, which is null. */
  mayBeNone?: null extends T ? boolean : false;
  onChange(value: T): void;
}

/** One of the twelve colours of people and projects. Arrow keys go from one to the next. */
export function Swatches<T extends number | null>({ label, value, mayBeNone, onChange }: SwatchesProps<T>) {
  return (
    <RadioGroup
      className="field"
      orientation="horizontal"
      value={value === null ? NONE : String(value)}
      onChange={(chosen) => onChange((chosen === NONE ? null : Number(chosen)) as T)}
    >
      <Label className="label">{label}</Label>
      <div className="swatches">
        {mayBeNone && <Radio value={NONE} className="swatch none" aria-label="No colour" />}
        {COLOURS.map((colour) => (
          <Radio
            key={colour}
            value={String(colour)}
            className="swatch"
            style={personStyle(colour)}
            aria-label={`Colour ${colour + 1}`}
          >
            <Check aria-hidden />
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
