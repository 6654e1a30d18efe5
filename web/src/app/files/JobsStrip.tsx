import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useState } from "react";
import type { Job } from "../../protocol/generated";
import { parent } from "../../store/directories";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { useProject } from "../project/context";
import { jobProgress, jobSentence } from "./job-words";
import { UploadLines } from "./UploadLines";

/** Acts on files under way, and those that have just ended: everybody in the project sees them. */
export function JobsStrip() {
  const { files, acts } = useProject();
  const uploads = useObservable(acts.uploads.list);
  const jobs = useObservable(files.jobs);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const shown = jobs.filter((job) => !dismissed.has(job.job_id));
  if (shown.length === 0 && uploads.length === 0) return null;
  return (
    <section className="jobs" aria-label="Acts on files">
      <UploadLines />
      {shown.map((job) => (
        <JobLine
          key={job.job_id}
          job={job}
          onDismiss={() => setDismissed((before) => new Set([...before, job.job_id]))}
        />
      ))}
    </section>
  );
}

function JobLine({ job, onDismiss }: { job: Job; onDismiss(): void }) {
  const { manager, mayEdit } = useProject();
  const state = job.state ?? "running";
  const { value, max } = jobProgress(job);
  return (
    <div className={`job ${state}`}>
      {state === "done" && <CircleCheck aria-hidden />}
      {state === "failed" && <CircleAlert aria-hidden />}
      <span className="job-words" role="status">
        {jobSentence(job)}
      </span>
      {state === "running" && <progress aria-label={jobSentence(job)} {...(max === null ? {} : { value, max })} />}
      {state === "running" && mayEdit && <Button onPress={() => void manager.cancel(job.job_id)}>Cancel</Button>}
      {state !== "running" && <Ended job={job} onDismiss={onDismiss} />}
    </div>
  );
}

function Ended({ job, onDismiss }: { job: Job; onDismiss(): void }) {
  const { manager, mayEdit, goToFolder, files } = useProject();
  const undos = useObservable(manager.undos);
  const { path, trash_ids: trashed = [] } = job;
  const show = () => {
    if (!path) return;
    manager.wanted.set(path);
    goToFolder(parent(path));
    files.reveal(path);
  };
  const undo = trashed.length > 0 ? () => void manager.restore(trashed) : undos.get(job.job_id);
  return (
    <>
      {path && job.state === "done" && <Button onPress={show}>Show</Button>}
      {undo && mayEdit && job.state === "done" && (
        <Button
          onPress={() => {
            onDismiss();
            undo();
          }}
        >
          Undo
        </Button>
      )}
      <IconButton label="Dismiss" onPress={onDismiss}>
        <X aria-hidden />
      </IconButton>
    </>
  );
}
