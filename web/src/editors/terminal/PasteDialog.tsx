import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { linesIn } from "./input";
import type { TerminalSession } from "./session";

/** So much of what waits is shown. */
const SHOWN_CHARACTERS = 600;

/** Asks before many lines are pasted into a program that would run each at once. */
export function PasteDialog({ session }: { session: TerminalSession }) {
  const text = useObservable(session.asked);
  const close = () => {
    session.asked.set(null);
    session.focus();
  };
  const lines = linesIn(text ?? "");
  return (
    <Dialog title={`Paste ${lines} lines?`} isOpen={text !== null} onClose={close}>
      <p>The program does not tell pasted text from typed text: it takes each line as soon as it is there.</p>
      <pre className="terminal-pasted">
        {text?.slice(0, SHOWN_CHARACTERS)}
        {(text?.length ?? 0) > SHOWN_CHARACTERS && "…"}
      </pre>
      <div className="dialog-acts">
        <Button onPress={close}>Cancel</Button>
        <Button
          look="primary"
          autoFocus
          onPress={() => {
            session.pasteNow(text ?? "");
            session.focus();
          }}
        >
          {`Paste ${lines} lines`}
        </Button>
      </div>
    </Dialog>
  );
}
