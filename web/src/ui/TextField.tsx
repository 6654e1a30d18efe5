import { CircleAlert } from "lucide-react";
import type { Ref } from "react";
import {
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  FieldError,
  Input,
  Label,
  Text,
} from "react-aria-components";

export interface TextFieldProps extends Omit<AriaTextFieldProps, "className" | "style" | "children"> {
  label: string;
  hint?: string;
  /** What is wrong with the value, as a sentence. */
  error?: string;
  placeholder?: string;
  ref?: Ref<HTMLInputElement>;
}

export function TextField({ label, hint, error, placeholder, ref, ...props }: TextFieldProps) {
  // A sentence of ours is shown and no more: the browser's own check would not let the form be sent again.
  const check = error ? ({ isInvalid: true, validationBehavior: "aria" } as const) : {};
  return (
    <AriaTextField {...props} className="field" {...check}>
      <Label className="label">{label}</Label>
      <Input className="input" placeholder={placeholder} ref={ref} />
      {hint && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="error">
        {({ validationErrors }) => (
          <>
            <CircleAlert aria-hidden />
            <span>{error ?? validationErrors.join(" ")}</span>
          </>
        )}
      </FieldError>
    </AriaTextField>
  );
}
