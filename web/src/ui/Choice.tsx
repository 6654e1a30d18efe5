import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { Checkbox as AriaCheckbox, Switch as AriaSwitch } from "react-aria-components";

interface ChoiceProps {
  children: ReactNode;
  isSelected: boolean;
  onChange(selected: boolean): void;
  isDisabled?: boolean;
}

/** One of several things that one may want. */
export function Checkbox({ children, ...props }: ChoiceProps) {
  return (
    <AriaCheckbox {...props} className="choice">
      <span className="box" aria-hidden>
        <Check />
      </span>
      {children}
    </AriaCheckbox>
  );
}

/** Something that is on or off from now on. */
export function Switch({ children, ...props }: ChoiceProps) {
  return (
    <AriaSwitch {...props} className="choice">
      <span className="track" aria-hidden />
      {children}
    </AriaSwitch>
  );
}
