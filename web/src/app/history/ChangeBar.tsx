import { ArrowDown, ArrowUp, Undo2 } from "lucide-react";
import type { ReactNode } from "react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { count } from "../words";

interface ChangeBarProps {
  /** How much is here that is not there, and there that is not here. */
  here: string;
  there: string;
  /** How much is in both, and another. */
  both?: string;
  changes: number;
  current: number | null;
  /** What the button restores; null where nothing can be restored. */
  restores: string | null;
  canRestore: boolean;
  /** What else is to be known, or done. */
  children?: ReactNode;
}

/** What differs: how much, going through the changes, and restoring the one that is meant. */
export function ChangeBar(props: ChangeBarProps) {
  const { here, there, both, changes, current, restores, canRestore, children } = props;
  const previousKey = useKeyOf("history.previous-change");
  const nextKey = useKeyOf("history.next-change");
  const number =
    current === null
      ? count(changes, "change")
      : `Change ${(current + 1).toLocaleString("en")} of ${changes.toLocaleString("en")}`;
  return (
    <div className="history-changes">
      <span className="history-key">
        <ins className="history-added">{here}</ins>
        <del className="history-removed">{there}</del>
        {both !== undefined && <span>{both}</span>}
      </span>
      <span className="history-steps">
        <span className="numbers">{changes === 0 ? "No change" : number}</span>
        <IconButton
          label="Previous difference"
          shortcut={previousKey}
          isDisabled={changes === 0}
          onPress={() => commands.run("history.previous-change")}
        >
          <ArrowUp aria-hidden />
        </IconButton>
        <IconButton
          label="Next difference"
          shortcut={nextKey}
          isDisabled={changes === 0}
          onPress={() => commands.run("history.next-change")}
        >
          <ArrowDown aria-hidden />
        </IconButton>
        {restores !== null && (
          <Button isDisabled={!canRestore} onPress={() => commands.run("history.restore-part")}>
            <Undo2 aria-hidden /> {restores}
          </Button>
        )}
      </span>
      {children}
    </div>
  );
}
