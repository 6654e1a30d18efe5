import { Eraser, LoaderCircle, Play } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useObservable } from "../../../store/react";
import { IconButton } from "../../../ui/IconButton";
import { useNotebook } from "../context";
import { CellOutputs } from "../outputs";
import { type ConsoleEntry, consoleOf, isWhole } from "./console-state";

/** Lines to try something on the notebook's kernel, without a cell. */
export function Console() {
  const { kernel, writable } = useNotebook();
  const state = consoleOf(kernel);
  const entries = useObservable(state.entries);
  const end = useRef<HTMLDivElement>(null);
  const newest = entries.at(-1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever there is something new at the end
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [newest]);
  if (!writable) {
    return <p className="notebook-panel-empty">A console runs code, which viewers of a project cannot.</p>;
  }
  return (
    <div className="notebook-console">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too */}
      <div className="notebook-console-entries" role="log" aria-label="Console" tabIndex={0}>
        {entries.length === 0 && (
          <p className="notebook-panel-empty">
            Try something with the notebook's variables, without a cell. Only you see it, and it is not kept.
          </p>
        )}
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
        <div ref={end} />
      </div>
      <Prompt
        history={() => state.history()}
        onRun={(code) => void state.run(code)}
        onClear={entries.length > 0 ? () => state.clear() : undefined}
      />
    </div>
  );
}

function Entry({ entry }: { entry: ConsoleEntry }) {
  const { kernel, projectId, path } = useNotebook();
  return (
    <div className="notebook-console-entry">
      <div className="notebook-console-code">
        {entry.running ? (
          <LoaderCircle aria-label="Running" className="cell-busy" />
        ) : (
          <span className="secondary numbers" aria-hidden>
            {entry.count === null ? ">" : `[${entry.count}]`}
          </span>
        )}
        <pre>{entry.code}</pre>
      </div>
      <CellOutputs
        outputs={entry.outputs}
        projectId={projectId}
        path={path}
        cellId={`console-${entry.id}`}
        kernel={kernel}
      />
      {entry.problem !== null && <p className="secondary">{entry.problem}</p>}
    </div>
  );
}

interface PromptProps {
  history(): string[];
  onRun(code: string): void;
  onClear: (() => void) | undefined;
}

function Prompt({ history, onRun, onClear }: PromptProps) {
  const [code, setCode] = useState("");
  const [back, setBack] = useState(-1);
  const run = () => {
    if (code.trim() === "") return;
    onRun(code.replace(/\s+$/, ""));
    setCode("");
    setBack(-1);
  };
  const look = (by: 1 | -1) => {
    const earlier = history();
    const next = Math.min(Math.max(back + by, -1), earlier.length - 1);
    setBack(next);
    setCode(earlier[next] ?? "");
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const asked = event.ctrlKey || event.metaKey || event.shiftKey;
    const recalls = !code.includes("\n") && !asked;
    if (event.key === "Enter" && (asked || isWhole(code))) run();
    else if (event.key === "ArrowUp" && recalls) look(1);
    else if (event.key === "ArrowDown" && recalls) look(-1);
    else return;
    event.preventDefault();
  };
  return (
    <div className="notebook-console-prompt" data-captures-keys>
      <textarea
        className="input"
        aria-label="Code to run"
        placeholder="Code to run"
        rows={Math.min(10, code.split("\n").length)}
        spellCheck={false}
        autoCapitalize="off"
        value={code}
        onChange={(event) => setCode(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <IconButton label="Run" shortcut="Shift-Enter" onPress={run}>
        <Play aria-hidden />
      </IconButton>
      <IconButton label="Clear the console" isDisabled={!onClear} onPress={() => onClear?.()}>
        <Eraser aria-hidden />
      </IconButton>
    </div>
  );
}
