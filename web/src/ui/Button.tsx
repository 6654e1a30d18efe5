import type { ReactNode, Ref } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";

export interface ButtonProps extends Omit<AriaButtonProps, "className" | "style" | "children"> {
  children: ReactNode;
  look?: "normal" | "primary" | "danger" | "plain" | "chip";
  ref?: Ref<HTMLButtonElement>;
}

/** A button with a verb on it. */
export function Button({ look = "normal", ...props }: ButtonProps) {
  return <AriaButton {...props} className={`button ${look}`} />;
}
