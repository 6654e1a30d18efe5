import { Check } from "lucide-react";
import { Label, Radio, RadioGroup } from "react-aria-components";
import { personStyle } from "./Avatar";

const COLOURS = Array.from({ length: 12 }, (_, index) => index);

/** One of the twelve colours of people. Arrow keys go from one to the next. */
export function Swatches({ label, value, onChange }: { label: string; value: number; onChange(value: number): void }) {
  return (
    <RadioGroup
      className="field"
      orientation="horizontal"
      value={String(value)}
      onChange={(chosen) => onChange(Number(chosen))}
    >
      <Label className="label">{label}</Label>
      <div className="swatches">
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
