import { useState } from "react";
import { sentence } from "../../net/api";
import { type ProjectRow, setIdleMinutes } from "../../store/queries";
import { useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { useProject } from "./context";
import { useRights } from "./rights";

const TIMES: readonly { value: string; label: string }[] = [
  { value: "site", label: "As on the whole site" },
  { value: "15", label: "After 15 minutes" },
  { value: "60", label: "After an hour" },
  { value: "240", label: "After 4 hours" },
  { value: "720", label: "After 12 hours" },
  { value: "1440", label: "After a day" },
  { value: "0", label: "Never" },
];

interface IdleDialogProps {
  project: ProjectRow;
  isOpen: boolean;
  onClose(): void;
}

/** After how long without use the project stops; owners choose. */
export function IdleDialog({ project, isOpen, onClose }: IdleDialogProps) {
  return (
    <Dialog title="When nobody uses this project" isOpen={isOpen} onClose={onClose}>
      <Times project={project} />
      <div className="dialog-acts">
        <Button look="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

function Times({ project }: { project: ProjectRow }) {
  const store = useTables();
  const { info, projectId } = useProject();
  const { owns } = useRights(project, info);
  const [problem, setProblem] = useState<string | null>(null);
  const value = project.idle_minutes === null ? "site" : String(project.idle_minutes);
  const choices = TIMES.some((time) => time.value === value)
    ? TIMES
    : [...TIMES, { value, label: `After ${value} minutes` }];
  const change = async (next: string) => {
    setProblem(null);
    try {
      await setIdleMinutes(store, projectId, next === "site" ? null : Number(next));
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  return (
    <>
      <p>
        A project without an edit, a request or a running command stops after a while; an open page alone does not keep
        it running. Everybody who has it open is warned, all work is saved, and opening it starts it again.
      </p>
      <Select
        label="This project stops"
        value={value}
        choices={choices}
        onChange={(next) => void change(next)}
        isDisabled={!owns}
      />
      {!owns && <p className="secondary">Owners of this project can change this.</p>}
      {problem && <Notice kind="danger">{problem}</Notice>}
    </>
  );
}
