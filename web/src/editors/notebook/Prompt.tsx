import { Clock, LoaderCircle, Play, Square, X } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { commands } from "../../commands/commands";
import { showKey } from "../../commands/keys";
import type { NotebookCommandId } from "./command-names";
import { useNotebook, useOfKernel } from "./context";
import { durationWords, timesOf } from "./kernel-words";
import type { CellFields } from "./notebook";

/** At the left of a code cell: its number, whether it runs or waits, and the button that runs it. */
export function Prompt({ fields, onRun }: { fields: CellFields; onRun(): void }) {
  const { id, executionCount } = fields;
  const { session, writable } = useNotebook();
  const ask = session.ask.bind(session);
  const state = useRunState(fields);
  const place = useOfKernel((status) => (status?.queue ?? []).indexOf(id));
  const words =
    state === "running"
      ? "Running"
      : state === "queued"
        ? `Waits to run${place >= 0 ? `, number ${place + 1} in the queue` : ""}`
        : executionCount === null
          ? "Not run yet"
          : `Run number ${executionCount}`;
  return (
    <div className={`cell-prompt ${state}`}>
      {writable && state === "idle" && (
        <PromptButton label="Run cell" command="notebook.run" onPress={onRun}>
          <Play aria-hidden />
        </PromptButton>
      )}
      {writable && state === "running" && (
        <PromptButton label="Interrupt" command="notebook.interrupt" onPress={() => ask({ type: "interrupt" })}>
          <Square aria-hidden />
        </PromptButton>
      )}
      {writable && state === "queued" && (
        <PromptButton label="Do not run" onPress={() => ask({ type: "cancel", cells: [id] })}>
          <X aria-hidden />
        </PromptButton>
      )}
      <span className="cell-count numbers" role="img" aria-label={words} title={words}>
        {state === "running" && <LoaderCircle aria-hidden className="cell-busy" />}
        {state === "queued" && <Clock aria-hidden />}
        {state === "idle" ? `[${executionCount ?? " "}]` : "[*]"}
      </span>
      <RunTime fields={fields} />
    </div>
  );
}

interface PromptButtonProps {
  label: string;
  command?: NotebookCommandId;
  children: ReactNode;
  onPress(): void;
}

/**
 * For the mouse; keys have commands. There is one in every cell, so it is as little as it can be: its key is looked up when
 * somebody points at it.
 */
function PromptButton({ label, command, children, onPress }: PromptButtonProps) {
  const nameIt = (button: HTMLElement) => {
    const key = command && showKey(commands.keyOf(command));
    button.title = key ? `${label} (${key})` : label;
  };
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label}
      className="icon-button cell-run"
      onPointerEnter={(event) => nameIt(event.currentTarget)}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

/** What the kernel says counts; without one, nothing runs. */
function useRunState({ id, state }: CellFields): CellFields["state"] {
  return useOfKernel((status) => {
    if (status === null) return state;
    if (status.running === id) return "running";
    return status.queue?.includes(id) || (state === "queued" && status.state === "starting") ? "queued" : "idle";
  }) as CellFields["state"];
}

/** How long the run took, or has taken so far. */
function RunTime({ fields }: { fields: CellFields }) {
  const state = useRunState(fields);
  const { start, end } = timesOf(fields.metadata);
  const [now, setNow] = useState(Date.now());
  const running = state === "running";
  useEffect(() => {
    if (!running) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [running]);
  if (start === null) return null;
  if (running) {
    return now - start >= 1_000 ? <span className="cell-time numbers">{durationWords(now - start)}</span> : null;
  }
  if (end === null || end < start) return null;
  return (
    <span className="cell-time numbers" title={`Run ${new Date(end).toLocaleString()}`}>
      {durationWords(end - start)}
    </span>
  );
}
