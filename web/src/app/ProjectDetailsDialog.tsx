import { type FormEvent, useEffect, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../net/api";
import { describeProject, type ProjectRow } from "../store/queries";
import { useTables } from "../store/use-table";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Notice } from "../ui/Notice";
import { Swatches } from "../ui/Swatches";
import { TextField } from "../ui/TextField";
import { shortEnough } from "./ProjectDialogs";

const MAX_DESCRIPTION_LENGTH = 5000;

type Detailed = Pick<ProjectRow, "project_id" | "title" | "description" | "tags" | "colour">;

/** What a project is about and how it is found: description, tags, colour; for all who are in it. */
export function ProjectDetailsDialog({ project, onClose }: { project: Detailed | null; onClose(): void }) {
  return (
    <Dialog title={project ? `Details of ${project.title}` : ""} isOpen={project !== null} onClose={onClose}>
      {project && <Details project={project} onClose={onClose} />}
    </Dialog>
  );
}

function Details({ project, onClose }: { project: Detailed; onClose(): void }) {
  const store = useTables();
  const [description, setDescription] = useState(project.description);
  const [tags, setTags] = useState(project.tags.join(", "));
  const [colour, setColour] = useState(project.colour);
  const [problem, setProblem] = useState<{ field: "description" | "tags" | null; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is wrong is forgotten once anything is typed
  useEffect(() => setProblem(null), [description, tags]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const text = description.trim();
    try {
      shortEnough(text, "description", MAX_DESCRIPTION_LENGTH);
    } catch (error) {
      setProblem({ field: "description", text: sentence(error) });
      return;
    }
    setBusy(true);
    try {
      await describeProject(store, project.project_id, { description: text, tags: splitTags(tags), colour });
      onClose();
    } catch (error) {
      const text = sentence(error);
      setProblem({ field: text.includes("projects.tags") ? "tags" : null, text });
    } finally {
      setBusy(false);
    }
  };
  const errorAt = (field: "description" | "tags") => (problem?.field === field ? { error: problem.text } : {});
  return (
    <Form className="stack" onSubmit={submit}>
      {problem?.field === null && <Notice kind="danger">{problem.text}</Notice>}
      <TextField
        label="Description"
        value={description}
        onChange={setDescription}
        autoFocus
        onFocus={(event) => (event.target as HTMLInputElement).select()}
        {...errorAt("description")}
      />
      <TextField
        label="Tags"
        hint="Words to find it by, with commas between them."
        value={tags}
        onChange={setTags}
        {...errorAt("tags")}
      />
      <Swatches label="Colour" value={colour} mayBeNone onChange={setColour} />
      <div className="dialog-acts">
        <Button onPress={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isPending={busy}>
          Save
        </Button>
      </div>
    </Form>
  );
}

/** "course, #winter term" is two tags; the sign before one is how they are searched for, and no part of it. */
export function splitTags(text: string): string[] {
  const tags = text.split(",").map((tag) =>
    tag
      .trim()
      .replace(/^#+\s*/, "")
      .replace(/\s+/g, " "),
  );
  return [...new Set(tags.filter(Boolean))];
}
