import { useState } from "react";
import { Form } from "react-aria-components";
import { ApiError, sentence } from "../../net/api";
import { writeNewFile } from "../../net/files";
import { baseName, freeName, join, parent } from "../../store/directories";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/toast-queue";
import { useProject } from "../project/context";

/** A text that is to be a file again, for which a name is asked. */
interface Asked {
  text: string;
  name: string;
  problem: string;
}

/** Makes a deleted file again with a text: at its path or, when that is taken, under a name that is asked for. */
export function useBringBack(path: string) {
  const { projectId, files, open } = useProject();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [busy, setBusy] = useState(false);
  const write = async (text: string, name: string) => {
    if (busy) return;
    setBusy(true);
    try {
      await writeNewFile(projectId, name, text);
      setAsked(null);
      files.reveal(name);
      toast(`“${baseName(name)}” is back.`);
      open(name);
    } catch (error) {
      if (error instanceof ApiError && error.code === "conflict") {
        const taken = new Set([baseName(name)]);
        for (const each of files.directories.get().get(parent(name))?.entries.keys() ?? []) taken.add(each);
        const free = join(parent(name), freeName(baseName(name), taken));
        setAsked({ text, name: free, problem: `There is already “${name}”. Give this one another name.` });
      } else if (asked) setAsked({ ...asked, problem: sentence(error) });
      else toast(`“${baseName(name)}” was not brought back. ${sentence(error)}`, { danger: true });
    } finally {
      setBusy(false);
    }
  };
  return {
    busy,
    asked,
    /** A text at the path, or with another one at that. */
    start: (text: string, at = path) => void write(text, at),
    rename: (name: string) => setAsked((old) => old && { ...old, name, problem: "" }),
    again: () => asked && void write(asked.text, asked.name.trim()),
    cancel: () => setAsked(null),
  };
}

/** Asks for the name, once that of the file is taken. */
export function BringBack({ asked, busy, rename, again, cancel }: ReturnType<typeof useBringBack>) {
  return (
    <Dialog title="This name is taken" isOpen={asked !== null} onClose={cancel}>
      <Form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          again();
        }}
      >
        <TextField
          label="Name of the file"
          value={asked?.name ?? ""}
          onChange={rename}
          autoFocus
          {...(asked?.problem ? { error: asked.problem } : {})}
        />
        <div className="dialog-acts">
          <Button onPress={cancel}>Cancel</Button>
          <Button type="submit" look="primary" isDisabled={busy || !asked?.name.trim()}>
            Bring back
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
