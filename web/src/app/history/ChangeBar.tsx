import { ArrowDown, ArrowUp, Undo2 } from "lucide-react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { count } from "../words";
import type { Here } from "./text-view";
import { type ShownComparison, sizeOf } from "./use-comparison";

interface ChangeBarProps {
  comparison: ShownComparison | null;
  current: number | null;
  /** How many changes the button restores. */
  meant: number;
  mayRestore: boolean;
  readOnly: boolean;
  /** The line of the cursor, when it is shown who wrote it. */
  line: Here | null;
  goToVersion(version: number): void;
}

/** What differs: how much, going through the changes, and restoring the one that is meant. */
export function ChangeBar(props: ChangeBarProps) {
  const { comparison, current, meant, mayRestore, readOnly, line, goToVersion } = props;
  const previousKey = useKeyOf("history.previous-change");
  const nextKey = useKeyOf("history.next-change");
  const changes = comparison?.hunks.length ?? 0;
  const { here, there } = comparison ? sizeOf(comparison) : { here: 0, there: 0 };
  const [onlyHere, onlyThere] =
    comparison?.side === "older" ? ["only here", `only in ${comparison.other}`] : ["added", "removed"];
  const number =
    current === null
      ? count(changes, "change")
      : `Change ${(current + 1).toLocaleString("en")} of ${changes.toLocaleString("en")}`;
  return (
    <div className="history-changes">
      <span className="history-key">
        <ins className="history-added">{`${count(here, "character")} ${onlyHere}`}</ins>
        <del className="history-removed">{`${count(there, "character")} ${onlyThere}`}</del>
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
        {mayRestore && (
          <Button isDisabled={meant === 0} onPress={() => commands.run("history.restore-part")}>
            <Undo2 aria-hidden /> {meant > 1 ? `Restore ${meant} parts` : "Restore this part"}
          </Button>
        )}
      </span>
      {readOnly && <span className="secondary">You can read this file but not change it.</span>}
      {line?.blame && (
        <span className="history-line" role="status">
          <span>{`Line ${line.line}: ${line.blame.title}`}</span>
          <Button look="plain" onPress={() => line.blame && goToVersion(line.blame.version)}>
            Go there
          </Button>
        </span>
      )}
    </div>
  );
}
