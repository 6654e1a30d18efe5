import { type FormEvent, useEffect, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../net/api";
import { createProject, describeProject, type ProjectRow, renameProject } from "../store/queries";
import { useTables } from "../store/use-table";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { navigate } from "./navigation";
import { projectUrl } from "./routes";
import { count } from "./words";

const MAX_TITLE_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 5000;

/** The title of a project, as it is sent; throws what is wrong with it as a sentence. */
function checkedTitle(text: string): string {
  const title = text.trim();
  if (!title) throw new Error("Give the project a title.");
  return shortEnough(title, "title", MAX_TITLE_LENGTH);
}

function shortEnough(text: string, what: string, limit: number): string {
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

type Described = Pick<ProjectRow, "project_id" | "title" | "description">;

export function DescribeProjectDialog({ project, onClose }: { project: Described | null; onClose(): void }) {
  const store = useTables();
  return (
    <TextDialog
      title={project ? `Description of ${project.title}` : ""}
      label="Description"
      verb="Save"
      start={project?.description ?? ""}
      isOpen={project !== null}
      onClose={onClose}
      send={async (text) => {
        const description = shortEnough(text.trim(), "description", MAX_DESCRIPTION_LENGTH);
        if (project && description !== project.description) {
          await describeProject(store, project.project_id, description);
        }
      }}
    />
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
