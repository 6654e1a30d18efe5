import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { useKernelStatus, useNotebook } from "./context";

/** Running code waits for a line: whoever may edit can give it. */
export function InputBox({ id }: { id: string }) {
  const status = useKernelStatus();
  const input = status?.input;
  if (!input || input.cell_id !== id) return null;
  return <Waiting key={input.request_id} requestId={input.request_id} prompt={input.prompt} secret={input.password} />;
}

function Waiting({ requestId, prompt, secret = false }: { requestId: string; prompt: string; secret?: boolean }) {
  const { session, writable } = useNotebook();
  const [line, setLine] = useState("");
  const field = useRef<HTMLInputElement>(null);
  // Only who waits for it is taken there: others may be typing elsewhere.
  useEffect(() => {
    const cell = field.current?.closest(".cell");
    if (cell && (cell === document.activeElement || cell.classList.contains("active"))) field.current?.focus();
  }, []);
  const label = prompt.trim() === "" ? "The running code waits for a line" : prompt.trim();
  if (!writable) {
    return <p className="cell-input secondary">The running code waits for a line: {label}</p>;
  }
  const send = (event: FormEvent) => {
    event.preventDefault();
    session.ask({ type: "answer_input", request_id: requestId, value: line });
    session.command();
  };
  return (
    <form className="cell-input" onSubmit={send} data-captures-keys>
      <TextField
        ref={field}
        label={label}
        type={secret ? "password" : "text"}
        autoComplete="off"
        value={line}
        onChange={setLine}
      />
      <Button type="submit" look="primary">
        Send
      </Button>
    </form>
  );
}
