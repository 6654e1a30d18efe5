import { commands } from "../../commands/commands";
import type { KernelSpec } from "../../protocol/generated";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { MenuButton, MenuItem, MenuSeparator } from "../../ui/Menu";
import { useKernelStatus, useNotebook } from "./context";
import { kernelName, stateWord } from "./kernel-words";

/** The kernel's name and state; a press offers what can be done with it. */
export function KernelButton() {
  const { session, kernel, writable } = useNotebook();
  const status = useKernelStatus();
  const specs = useObservable(kernel.specs);
  const { kernel: wanted } = useObservable(session.notebook.meta);
  const name = kernelName(status, wanted?.displayName);
  const state = stateWord(status);
  const waiting = status?.queue?.length ?? 0;
  const words = `${state}${waiting > 0 ? `, ${waiting} ${waiting === 1 ? "cell waits" : "cells wait"}` : ""}`;
  const inside = (
    <>
      <span className={`kernel-dot ${status?.state ?? "unknown"}`} aria-hidden />
      <span className="truncate">{name}</span>
      <span className="secondary truncate kernel-state">{words}</span>
    </>
  );
  const label = `Kernel ${name}: ${words}`;
  if (!writable) {
    return (
      <span className="kernel-words" role="status" aria-label={label}>
        {inside}
      </span>
    );
  }
  const alive = status !== null && !["none", "dead", "missing"].includes(status.state);
  const isAnother = (spec: KernelSpec) => !alive || spec.name !== status?.kernel?.name;
  return (
    <MenuButton
      label="Kernel"
      button={
        <Button look="plain" aria-label={label}>
          {inside}
        </Button>
      }
    >
      <MenuItem id="interrupt" isDisabled={!alive} onAction={() => session.ask({ type: "interrupt" })}>
        Interrupt
      </MenuItem>
      <MenuItem id="cancel" isDisabled={waiting === 0} onAction={() => session.ask({ type: "cancel" })}>
        Run none of the waiting cells
      </MenuItem>
      <MenuItem id="restart" isDisabled={!alive} onAction={() => commands.run("notebook.restart")}>
        Restart
      </MenuItem>
      <MenuItem id="shut-down" isDisabled={!alive} onAction={() => commands.run("notebook.shut-down")}>
        Shut down
      </MenuItem>
      <MenuItem id="start" isDisabled={alive || status === null} onAction={() => session.ask({ type: "start" })}>
        Start
      </MenuItem>
      <MenuSeparator />
      {specs.filter(isAnother).map((spec) => (
        <MenuItem
          key={spec.name}
          id={`use-${spec.name}`}
          onAction={() => session.ask({ type: "start", name: spec.name })}
        >
          {`Use ${spec.display_name}`}
        </MenuItem>
      ))}
      <MenuItem id="look" onAction={() => session.ask({ type: "list_specs" })}>
        Look for kernels again
      </MenuItem>
    </MenuButton>
  );
}
