import type { ReactNode, Ref } from "react";
import { Button, type ButtonProps, Tooltip, TooltipTrigger } from "react-aria-components";
import { ariaKey } from "../commands/keys";
import { ShownKey } from "./ShownKey";

export interface IconButtonProps extends Omit<ButtonProps, "className" | "style" | "children" | "aria-label"> {
  /** The name: what assistive technology reads, and the tooltip. */
  label: string;
  /** The key that does the same. */
  shortcut?: string;
  children: ReactNode;
  className?: string;
  ref?: Ref<HTMLButtonElement>;
}

/** A button that shows an icon only; its name and key are in the tooltip. */
export function IconButton({ label, shortcut = "", children, className = "", ...props }: IconButtonProps) {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      <Button
        {...props}
        aria-label={label}
        {...(shortcut ? { "aria-keyshortcuts": ariaKey(shortcut) } : {})}
        className={`icon-button ${className}`}
      >
        {children}
      </Button>
      <Tooltip className="tooltip" offset={6}>
        {label}
        <ShownKey shortcut={shortcut} />
      </Tooltip>
    </TooltipTrigger>
  );
}
