import { type FormEvent, useState } from "react";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import { useProject } from "../project/context";

/** Asks which address a new file is fetched from. */
export function FetchUrlDialog({ folder }: { folder: string }) {
  const { manager, title } = useProject();
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const close = () => manager.fetching.set(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wrong = urlProblem(url);
    setProblem(wrong);
    if (wrong === null && (await manager.fetchUrl(url.trim(), folder, name.trim()))) close();
  };
  return (
    <Dialog title="New from a URL" isOpen onClose={close}>
      <form onSubmit={submit} className="dialog-form">
        <TextField
          label="Address"
          type="text"
          inputMode="url"
          placeholder="https://"
          autoFocus
          value={url}
          onChange={(value) => {
            setUrl(value);
            setProblem(null);
          }}
          {...(problem === null ? {} : { error: problem })}
        />
        <TextField label="Name (optional)" value={name} onChange={setName} hint="Without one it gets its own." />
        <p className="secondary">
          The project downloads it into {folder ? `“${folder}”` : `“${title}”`}, also when you leave this page.
        </p>
        <div className="dialog-acts">
          <Button onPress={close}>Cancel</Button>
          <Button look="primary" type="submit">
            Fetch
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What is wrong with an address; null when nothing is. */
export function urlProblem(text: string): string | null {
  if (!text.trim()) return "Type an address.";
  try {
    const { protocol } = new URL(text.trim());
    return protocol === "http:" || protocol === "https:" ? null : "Only addresses with http or https can be fetched.";
  } catch {
    return "This is no whole address. It begins with “https://”.";
  }
}
