import { useState } from "react";
import { sentence } from "../../net/api";
import { copyToProject } from "../../net/jobs";
import type { Clash } from "../../protocol/generated";
import { baseName } from "../../store/directories";
import { MY_PROJECT_MARKS, MY_PROJECTS } from "../../store/queries";
import { useTable } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/toast-queue";
import { navigate } from "../navigation";
import { useProject } from "../project/context";
import { folderUrl } from "../routes";
import { bytes, count } from "../words";
import { takenNames } from "./file-manager";
import { JobClashDialog } from "./JobClashDialog";

/** Asks into which other project of mine something is copied. */
export function ToProjectDialog({ paths }: { paths: readonly string[] }) {
  const { manager, projectId } = useProject();
  const { rows: projects } = useTable(MY_PROJECTS);
  const { rows: marks } = useTable(MY_PROJECT_MARKS);
  const writable = new Set(marks.filter((mark) => mark.role !== "viewer").map((mark) => mark.project_id));
  const running = projects.filter(
    (one) =>
      one.project_id !== projectId &&
      writable.has(one.project_id) &&
      !one.archived &&
      one.deleted_at === null &&
      one.state?.status === "running",
  );
  const [chosen, setChosen] = useState("");
  const [folder, setFolder] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [taken, setTaken] = useState<string[] | null>(null);
  const target = running.find((one) => one.project_id === chosen) ?? running[0];
  const close = () => manager.toProject.set(null);
  const [first = ""] = paths;
  const what = paths.length === 1 ? `“${baseName(first)}”` : count(paths.length, "item");

  const submit = async (clash: Clash = "fail") => {
    if (!target) return;
    setBusy(true);
    setProblem(null);
    setTaken(null);
    const to = folder.split("/").filter(Boolean).join("/");
    try {
      const wanted = { paths: [...paths], to_project_id: target.project_id, to, clash };
      const copied = await copyToProject(projectId, wanted);
      close();
      toast(`${what} copied to “${target.title}” (${bytes(copied.bytes)}).`, {
        act: { label: "Show", run: () => navigate(folderUrl(target.project_id, to)) },
      });
    } catch (error) {
      const names = takenNames(error);
      if (names === null) setProblem(sentence(error));
      else setTaken(names);
    } finally {
      setBusy(false);
    }
  };
  if (taken !== null) {
    return (
      <JobClashDialog clash={{ taken, answer: (choice) => (choice === null ? setTaken(null) : void submit(choice)) }} />
    );
  }
  return (
    <Dialog title={`Copy ${what} to another project`} isOpen onClose={close}>
      {target ? (
        <>
          <Select
            label="Project"
            value={target.project_id}
            choices={running.map((one) => ({ value: one.project_id, label: one.title }))}
            onChange={setChosen}
          />
          <TextField label="Folder there (optional)" value={folder} onChange={setFolder} />
        </>
      ) : (
        <p>None of your other projects is running. Open the one that you want to copy to, then try again.</p>
      )}
      {problem && <Notice kind="danger">{problem}</Notice>}
      <div className="dialog-acts">
        <Button onPress={close}>Cancel</Button>
        <Button look="primary" isDisabled={!target || busy} onPress={() => void submit()}>
          {busy ? "Copying…" : "Copy"}
        </Button>
      </div>
    </Dialog>
  );
}
