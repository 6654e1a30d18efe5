import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { ApiError, sentence } from "../../net/api";
import { deleteAccount } from "../../store/session";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/toast-queue";
import { Link, navigate } from "../navigation";
import { projectUrl } from "../routes";

/** The end of an account. Nothing undoes it, so it is said what it means and the password is asked. */
export function DeleteAccount() {
  const [open, setOpen] = useState(false);
  return (
    <section className="stack">
      <h2>Delete account</h2>
      <p className="secondary">
        Deletes your account and the projects that nobody else is in. You may want to download your data first.
      </p>
      <div>
        <Button look="danger" onPress={() => setOpen(true)}>
          Delete account
        </Button>
      </div>
      <Dialog title="Delete your account" isOpen={open} onClose={() => setOpen(false)}>
        <DeletionForm onCancel={() => setOpen(false)} />
      </Dialog>
    </section>
  );
}

interface Problem {
  text: string;
  /** Projects that must be handed over first. */
  projects: readonly { project_id: string; title: string }[];
}

function DeletionForm({ onCancel }: { onCancel(): void }) {
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const end = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await deleteAccount({ password });
      const { forgetKeptEdits } = await import("../../net/documents");
      await forgetKeptEdits();
      navigate("/sign-in");
      toast("Your account is deleted.");
    } catch (error) {
      const projects = error instanceof ApiError && Array.isArray(error.data.projects) ? error.data.projects : [];
      setProblem({ text: sentence(error), projects });
      setBusy(false);
    }
  };
  return (
    <Form className="stack" onSubmit={end}>
      <p>This happens at once, and nobody can undo it:</p>
      <ul className="bullets">
        <li>You are signed out everywhere, and your API tokens end.</li>
        <li>Projects that nobody else is in are deleted.</li>
        <li>You leave all other projects. What you wrote in them stays, and their histories keep your name.</li>
        <li>Your address, picture and settings are deleted.</li>
      </ul>
      <TextField
        label="Your password"
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        autoFocus
      />
      {problem && (
        <Notice kind="danger">
          <p>{problem.text}</p>
          {problem.projects.length > 0 && (
            <ul className="bullets">
              {problem.projects.map((project) => (
                <li key={project.project_id}>
                  <Link href={projectUrl(project.project_id)}>{project.title}</Link>
                </li>
              ))}
            </ul>
          )}
        </Notice>
      )}
      <div className="dialog-acts">
        <Button onPress={onCancel}>Keep account</Button>
        <Button type="submit" look="danger" isPending={busy} isDisabled={password === ""}>
          Delete my account
        </Button>
      </div>
    </Form>
  );
}
