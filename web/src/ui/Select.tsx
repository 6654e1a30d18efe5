import { Check, ChevronDown } from "lucide-react";
import { Select as AriaSelect, Button, Label, ListBox, ListBoxItem, Popover, SelectValue } from "react-aria-components";

export interface SelectProps<T extends string> {
  label: string;
  /** The label is read but not shown, where the place says it already. */
  hideLabel?: boolean;
  value: T;
  choices: readonly { value: T; label: string }[];
  onChange(value: T): void;
  isDisabled?: boolean;
}

/** One of a few. */
export function Select<T extends string>({ label, hideLabel, value, choices, onChange, isDisabled }: SelectProps<T>) {
  return (
    <AriaSelect
      className="field"
      aria-label={hideLabel ? label : undefined}
      isDisabled={isDisabled}
      value={value}
      onChange={(key) => {
        if (key !== null) onChange(key as T);
      }}
    >
      {!hideLabel && <Label className="label">{label}</Label>}
      <Button className="select">
        <SelectValue className="truncate" />
        <ChevronDown className="chevron" aria-hidden />
      </Button>
      <Popover className="popover">
        <ListBox className="menu">
          {choices.map((choice) => (
            <ListBoxItem key={choice.value} id={choice.value} textValue={choice.label} className="menu-item">
              {({ isSelected }) => (
                <>
                  <span className="grow">{choice.label}</span>
                  {isSelected && <Check aria-hidden />}
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
