import { CircleAlert } from "lucide-react";
import type { ReactNode, Ref } from "react";
import { ComboBox, FieldError, Input, Label, ListBox, ListBoxItem, Popover } from "react-aria-components";

export interface Suggestion {
  id: string;
  /** What is put into the field when it is chosen. */
  text: string;
  shown: ReactNode;
}

interface SuggestFieldProps {
  label: string;
  value: string;
  suggestions: readonly Suggestion[];
  onChange(value: string): void;
  error?: string;
  placeholder?: string;
  autoFocus?: boolean;
  ref?: Ref<HTMLInputElement>;
}

/** A text field that offers what fits; anything else may be typed as well. */
export function SuggestField({
  label,
  value,
  suggestions,
  onChange,
  error,
  placeholder,
  autoFocus,
  ref,
}: SuggestFieldProps) {
  return (
    <ComboBox
      className="field"
      allowsCustomValue
      menuTrigger="input"
      inputValue={value}
      onInputChange={onChange}
      selectedKey={null}
      onSelectionChange={(key) => {
        const chosen = suggestions.find((suggestion) => suggestion.id === key);
        if (chosen) onChange(chosen.text);
      }}
      items={suggestions}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      autoFocus={autoFocus ?? false}
    >
      <Label className="label">{label}</Label>
      <Input className="input" placeholder={placeholder} ref={ref} autoComplete="off" />
      <FieldError className="error">
        <CircleAlert aria-hidden />
        <span>{error}</span>
      </FieldError>
      <Popover className="popover suggestions" offset={4}>
        <ListBox<Suggestion> className="menu">
          {(suggestion) => (
            <ListBoxItem textValue={suggestion.text} className="menu-item">
              {suggestion.shown}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
