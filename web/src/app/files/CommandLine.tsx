import { Copy, X } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { sentence } from "../../net/api";
import { runCommand } from "../../net/jobs";
import type { RunAnswer } from "../../protocol/generated";
import { copyText } from "../../ui/copy";
import { IconButton } from "../../ui/IconButton";
import { useProject } from "../project/context";
import { CommandHistory } from "./command-history";
import "./command-line.css";

/** More lines, or characters, of an output than this are copied and not shown: a million would hold up the page. */
const MAX_LINES = 5_000;
const MAX_CHARACTERS = 200_000;

interface Ran {
  command: string;
  /** Null while it runs. */
  answer: RunAnswer | null;
  problem?: string;
}

/** Runs a shell command in the folder that is shown. */
export function CommandLine({ folder }: { folder: string }) {
  const { projectId, title } = useProject();
  const [text, setText] = useState("");
  const [ran, setRan] = useState<Ran | null>(null);
  const history = useRef<CommandHistory | null>(null);
  history.current ??= new CommandHistory(projectId);
  const running = ran !== null && ran.answer === null && ran.problem === undefined;

  const run = async () => {
    const command = text.trim();
    if (!command || running) return;
    history.current?.add(command);
    setText("");
    setRan({ command, answer: null });
    try {
      setRan({ command, answer: await runCommand(projectId, command, folder) });
    } catch (error) {
      setRan({ command, answer: null, problem: sentence(error) });
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") void run();
    else if (event.key === "ArrowUp") setText(history.current?.earlier(text) ?? text);
    else if (event.key === "ArrowDown") setText(history.current?.later() ?? text);
    else if (event.key === "Escape" && ran && !running) setRan(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="command-line">
      <div className="command-field">
        <span aria-hidden>$</span>
        <input
          className="input"
          aria-label={`Run a shell command in ${folder || title}`}
          placeholder={`Run a shell command in ${folder || title}`}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      {ran && <Output ran={ran} onClose={running ? null : () => setRan(null)} />}
    </div>
  );
}

function Output({ ran, onClose }: { ran: Ran; onClose: (() => void) | null }) {
  const { command, answer, problem } = ran;
  const text = answer ? [answer.stdout, answer.stderr].filter(Boolean).join("\n") : "";
  const shown = useMemo(() => beginning(text), [text]);
  return (
    <section className="command-output" aria-label={`Output of ${command}`}>
      <div className="command-head">
        <code className="truncate">{command}</code>
        <span role="status" className={problem || answer?.exit_code ? "failed" : "secondary"}>
          {outcome(ran)}
        </span>
        {text && (
          <IconButton label="Copy the output" onPress={() => void copyText(text, "The output is copied.")}>
            <Copy aria-hidden />
          </IconButton>
        )}
        {onClose && (
          <IconButton label="Close the output" onPress={onClose}>
            <X aria-hidden />
          </IconButton>
        )}
      </div>
      {text && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        <pre tabIndex={0}>{shown}</pre>
      )}
      {(answer?.truncated || shown.length < text.length) && (
        <p className="secondary">The output was longer: only its beginning is here.</p>
      )}
    </section>
  );
}

function beginning(text: string): string {
  let end = -1;
  for (let line = 0; line < MAX_LINES; line++) {
    end = text.indexOf("\n", end + 1);
    if (end < 0) return text.slice(0, MAX_CHARACTERS);
  }
  return text.slice(0, Math.min(end, MAX_CHARACTERS));
}

function outcome({ answer, problem }: Ran): string {
  if (problem) return problem;
  if (!answer) return "Running…";
  if (answer.reason) return `Ended: ${answer.reason}`;
  return answer.exit_code === 0 ? "Done" : `Ended with ${answer.exit_code}`;
}
