import { type ComponentType, type ReactElement, type ReactNode, useRef, useState } from "react";
import { Menu as AriaMenu, MenuItem as AriaMenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import { ariaKey } from "../commands/keys";
import { ShownKey } from "./ShownKey";

export interface MenuItemProps {
  id: string;
  children: string;
  icon?: ComponentType<{ "aria-hidden"?: boolean }>;
  shortcut?: string;
  danger?: boolean;
  isDisabled?: boolean;
  onAction?(): void;
}

export function MenuItem({ icon: Icon, shortcut = "", danger, children, ...props }: MenuItemProps) {
  return (
    <AriaMenuItem
      {...props}
      textValue={children}
      aria-label={children}
      aria-keyshortcuts={ariaKey(shortcut)}
      className={`menu-item ${danger ? "danger" : ""}`}
    >
      {Icon && <Icon aria-hidden />}
      <span className="grow">{children}</span>
      <ShownKey shortcut={shortcut} />
    </AriaMenuItem>
  );
}

export function MenuSeparator() {
  return <Separator className="menu-separator" />;
}

/** A menu that opens from a button: the first child is the button, the rest are items. */
export function MenuButton({ button, label, children }: { button: ReactElement; label: string; children: ReactNode }) {
  return (
    <MenuTrigger>
      {button}
      <Popover className="popover" offset={4}>
        <AriaMenu className="menu" aria-label={label}>
          {children}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

/**
 * A menu that opens from an icon, for where there are hundreds of them: all but the button is made when it opens.
 */
export function IconMenu({ label, menu, icon, children }: IconMenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          event.stopPropagation();
          setOpen(true);
        }}
      >
        {icon}
      </button>
      {isOpen && (
        <Popover className="popover" aria-label={menu} offset={4} triggerRef={button} isOpen onOpenChange={setOpen}>
          <AriaMenu className="menu" aria-label={menu} autoFocus="first" onClose={() => setOpen(false)}>
            {children()}
          </AriaMenu>
        </Popover>
      )}
    </>
  );
}

interface IconMenuProps {
  /** Of the button. */
  label: string;
  /** The name of the menu. */
  menu: string;
  icon: ReactNode;
  /** The items; asked for when the menu opens. */
  children(): ReactNode;
}

/** A menu at a place of the screen: right click, menu key, long press. The focus goes back to where it was. */
export function ContextMenu({
  at,
  label,
  onClose,
  children,
}: {
  at: { x: number; y: number } | null;
  label: string;
  onClose(): void;
  children: ReactNode;
}) {
  const anchor = useRef<HTMLSpanElement>(null);
  return (
    <>
      <span
        ref={anchor}
        aria-hidden
        style={{ position: "fixed", left: at?.x ?? 0, top: at?.y ?? 0, width: 1, height: 1, pointerEvents: "none" }}
      />
      <Popover
        className="popover"
        placement="bottom start"
        offset={0}
        triggerRef={anchor}
        isOpen={at !== null}
        onOpenChange={(open) => {
          if (!open) onClose();
        }}
      >
        <AriaMenu className="menu" aria-label={label} autoFocus="first" onClose={onClose}>
          {children}
        </AriaMenu>
      </Popover>
    </>
  );
}
