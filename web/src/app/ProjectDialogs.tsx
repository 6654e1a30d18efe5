import { type FormEvent, useEffect, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../net/api";
import { createProject, type ProjectRow, renameProject } from "../store/queries";
import { useTables } from "../store/use-table";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { navigate } from "./navigation";
import { deleteProject, KEPT_DAYS } from "./project-acts";
import { projectUrl } from "./routes";
import { count } from "./words";

const MAX_TITLE_LENGTH = 200;

/** The title of a project, as it is sent; throws what is wrong with it as a sentence. */
function checkedTitle(text: string): string {
  const title = text.trim();
  if (!title) throw new Error("Give the project a title.");
  return shortEnough(title, "title", MAX_TITLE_LENGTH);
}

/** The text, unless it is too long; then throws a sentence that says so. */
export function shortEnough(text: string, what: string, limit: number): string {
  const length = [...text].length;
  if (length <= limit) return text;
  throw new Error(
    `The ${what} has ${count(length, "character")}; ${limit.toLocaleString("en")} are allowed. Choose a shorter one.`,
  );
}

export function NewProjectDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const store = useTables();
  return (
    <TextDialog
      title="New project"
      label="Title"
      verb="Create project"
      start=""
      isOpen={isOpen}
      onClose={onClose}
      send={async (text) => navigate(projectUrl(await createProject(store, checkedTitle(text))))}
    />
  );
}

type Titled = Pick<ProjectRow, "project_id" | "title">;

export function RenameProjectDialog({ project, onClose }: { project: Titled | null; onClose(): void }) {
  const store = useTables();
  return (
    <TextDialog
      title="Rename project"
      label="Title"
      verb="Rename"
      start={project?.title ?? ""}
      isOpen={project !== null}
      onClose={onClose}
      send={async (text) => {
        const title = checkedTitle(text);
        if (project && title !== project.title) await renameProject(store, project.project_id, title);
      }}
    />
  );
}

/** Asks before a project that runs is deleted: what is computed in it cannot be brought back. */
export function DeleteProjectDialog({ project, onClose }: { project: ProjectRow | null; onClose(): void }) {
  const store = useTables();
  const remove = () => {
    if (project) deleteProject(store, project).catch(() => {});
    onClose();
  };
  return (
    <Dialog title={project ? `Delete ${project.title}?` : ""} isOpen={project !== null} onClose={onClose}>
      <p>
        It is running: what is being computed in it ends. Nobody can open it any more. You and its other owners can
        restore it for {KEPT_DAYS} days, from “Deleted” in the list of projects; after that its files are gone for ever.
      </p>
      <div className="dialog-acts">
        <Button onPress={onClose}>Cancel</Button>
        <Button look="danger" onPress={remove}>
          Delete project
        </Button>
      </div>
    </Dialog>
  );
}

interface TextDialogProps {
  title: string;
  label: string;
  verb: string;
  start: string;
  isOpen: boolean;
  onClose(): void;
  /** Throws what is wrong with the text, or why it could not be sent. */
  send(text: string): Promise<void>;
}

function TextDialog({ title, label, verb, start, isOpen, onClose, send }: TextDialogProps) {
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
    if (busy) return;
    setBusy(true);
    try {
      await send(text);
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
          label={label}
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
