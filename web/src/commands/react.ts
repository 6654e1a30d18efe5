import { useEffect, useRef } from "react";
import { useObservable } from "../store/react";
import { commands } from "./commands";
import type { Command } from "./registry";

/**
 * Offers commands for as long as the component is shown. Their titles and keys are those of the first call; `run` and
 * `when` are always the newest ones.
 */
export function useCommands(list: readonly Command[]): void {
  const newest = useRef(list);
  newest.current = list;
  useEffect(() => {
    const find = (id: string) => newest.current.find((command) => command.id === id);
    return commands.register(
      newest.current.map((command) => ({
        ...command,
        run: () => find(command.id)?.run(),
        when: () => {
          const current = find(command.id);
          return current !== undefined && (current.when?.() ?? true);
        },
        ...(command.keyWhen ? { keyWhen: () => find(command.id)?.keyWhen?.() ?? true } : {}),
      })),
    );
  }, []);
}

/** The key to show for a command, following changes. */
export function useKeyOf(id: string): string {
  useObservable(commands.version);
  return commands.keyOf(id);
}
