import { type FormEvent, useEffect, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../net/api";
import { createProject, type ProjectRow, renameProject } from "../store/queries";
import { useTables } from "../store/use-table";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { navigate } from "./navigation";
import { projectUrl } from "./routes";
import { count } from "./words";

const MAX_TITLE_LENGTH = 200;

export function NewProjectDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const store = useTables();
  return (
    <TitleDialog
      title="New project"
      verb="Create project"
      start=""
      isOpen={isOpen}
      onClose={onClose}
      send={async (title) => navigate(projectUrl(await createProject(store, title)))}
    />
  );
}

type Titled = Pick<ProjectRow, "project_id" | "title">;

export function RenameProjectDialog({ project, onClose }: { project: Titled | null; onClose(): void }) {
  const store = useTables();
  return (
    <TitleDialog
      title="Rename project"
      verb="Rename"
      start={project?.title ?? ""}
      isOpen={project !== null}
      onClose={onClose}
      send={async (title) => {
        if (project && title !== project.title) await renameProject(store, project.project_id, title);
      }}
    />
  );
}

interface TitleDialogProps {
  title: string;
  verb: string;
  start: string;
  isOpen: boolean;
  onClose(): void;
  send(title: string): Promise<void>;
}

function TitleDialog({ title, verb, start, isOpen, onClose, send }: TitleDialogProps) {
  const [text, setText] = useState(start);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (!isOpen) return;
    setText(start);
    setError(undefined);
  }, [isOpen, start]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = text.trim();
    if (!wanted || busy) {
      setError("Give the project a title.");
      return;
    }
    const length = [...wanted].length;
    if (length > MAX_TITLE_LENGTH) {
      setError(`The title has ${count(length, "character")}; ${MAX_TITLE_LENGTH} are allowed. Choose a shorter one.`);
      return;
    }
    setBusy(true);
    try {
      await send(wanted);
      onClose();
    } catch (reason) {
      setError(sentence(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <Form className="stack" onSubmit={submit}>
        <TextField
          label="Title"
          value={text}
          onChange={(next) => {
            setText(next);
            setError(undefined);
          }}
          error={error}
          autoFocus
          onFocus={(event) => (event.target as HTMLInputElement).select()}
        />
        <div className="dialog-acts">
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isPending={busy}>
            {verb}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
