import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import type { TerminalEntry } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/toast-queue";
import { closeNow, NOT_CONNECTED } from "./acts";
import { type Asked, useTerminals } from "./context";
import type { FileClient } from "./file-client";

/** What is asked before something is done to a terminal. */
export function Dialogs({ asked, onClose }: { asked: Asked; onClose(): void }) {
  return (
    <>
      {asked?.what === "start" && <StartDialog entry={asked.entry} onClose={onClose} />}
      {asked && asked.what !== "start" && <EndDialog what={asked.what} entry={asked.entry} onClose={onClose} />}
    </>
  );
}

function StartDialog({ entry, onClose }: { entry: TerminalEntry; onClose(): void }) {
  const { file, sessions } = useTerminals();
  const [command, setCommand] = useState(entry.command ?? "");
  const [directory, setDirectory] = useState(entry.directory ?? "");
  const save = (restart: boolean) => {
    const wanted = { terminal_id: entry.terminal_id, command: command.trim(), directory: directory.trim() };
    if (restart) onceSet(file, wanted, () => sessions.get(entry.terminal_id)?.start(true));
    if (!file.send({ type: "set", ...wanted })) toast(NOT_CONNECTED, { danger: true });
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(false);
  };
  return (
    <Dialog title="What the terminal starts with" isOpen onClose={onClose}>
      <Form className="stack" onSubmit={submit}>
        <TextField
          label="Command"
          value={command}
          onChange={setCommand}
          placeholder="bash -l"
          hint="Empty for a shell. Anything that a shell understands, such as “python3 -m http.server 8000”."
          autoFocus
          autoComplete="off"
          spellCheck="false"
          maxLength={4_000}
        />
        <TextField
          label="Directory"
          value={directory}
          onChange={setDirectory}
          placeholder="the home of the project"
          hint="From the home of the project, such as “lectures/week1”."
          autoComplete="off"
          spellCheck="false"
          maxLength={4_000}
        />
        <div className="dialog-acts">
          <Button onPress={() => save(true)}>Save and start again</Button>
          <Button type="submit" look="primary">
            Save
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

/** Acts once the file says so: the terminal has a connection of its own, which may be quicker. */
function onceSet(file: FileClient, wanted: Required<TerminalEntry>, act: () => void): void {
  const stop = file.file.subscribe(() => {
    const entry = file.file.get()?.terminals.find((one) => one.terminal_id === wanted.terminal_id);
    if (entry && (entry.command ?? "") === wanted.command && (entry.directory ?? "") === wanted.directory) act();
    stop();
  });
}

interface EndDialogProps {
  what: "close" | "restart";
  entry: TerminalEntry;
  onClose(): void;
}

function EndDialog({ what, entry, onClose }: EndDialogProps) {
  const context = useTerminals();
  const session = context.sessions.get(entry.terminal_id);
  const program = session?.client.status.get()?.program || "A program";
  const verb = what === "close" ? "End it and close" : "End it and start again";
  return (
    <Dialog title={what === "close" ? "Close this terminal?" : "Start again?"} isOpen onClose={onClose}>
      <p>{`“${program}” runs in it. It is ended, and what it has not saved is lost.`}</p>
      <div className="dialog-acts">
        <Button onPress={onClose}>Cancel</Button>
        <Button
          look="danger"
          autoFocus
          onPress={() => {
            if (what === "close") closeNow(context, entry);
            else session?.start(true);
            onClose();
          }}
        >
          {verb}
        </Button>
      </div>
    </Dialog>
  );
}
