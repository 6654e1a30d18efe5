import type { Job } from "../../protocol/generated";
import { baseName } from "../../store/directories";
import { bytes, count } from "../words";

/** How each kind of job is said while it runs, when it is done, and what did not happen. */
const WORDS: Record<string, readonly [running: string, done: string, verb: string]> = {
  copy: ["Copying", "Copied", "copy"],
  move: ["Moving", "Moved", "move"],
  trash_many: ["Moving to the trash:", "Moved to the trash:", "move to the trash"],
  compress: ["Compressing", "Compressed", "compress"],
  extract: ["Extracting", "Extracted", "extract"],
  fetch_url: ["Fetching", "Fetched", "fetch"],
  empty_trash: ["Deleting for good:", "Deleted for good:", "delete"],
};

/** How an act on files is told: what it is, how far it is, how it ended. */
export function jobSentence(job: Job): string {
  const [running, done, verb] = WORDS[job.kind] ?? ["Working on", "Done with", "finish"];
  const target = job.to && (job.kind === "compress" ? baseName(job.to) : job.to);
  const to = target ? ` to “${target}”` : "";
  switch (job.state ?? "running") {
    case "running":
      return `${running} ${job.what}${to}${progress(job)}`;
    case "done":
      return `${done} ${job.what}${to}${skipped(job)}`;
    case "cancelled":
      return `Cancelled ${running.toLowerCase()} ${job.what}${to}${part(job)}`;
    case "failed":
      return `Could not ${verb} ${job.what}${to}. ${job.error?.message ?? "Try again."}`;
  }
}

function progress({ done_bytes = 0, total_bytes, done_files = 0, total_files }: Job): string {
  if (total_bytes) return `: ${bytes(done_bytes)} of ${bytes(total_bytes)}`;
  if (done_bytes > 0) return `: ${bytes(done_bytes)}`;
  if (total_files) return `: ${done_files.toLocaleString("en")} of ${count(total_files, "file")}`;
  return done_files > 0 ? `: ${count(done_files, "file")}` : "";
}

function skipped({ skipped_files = 0 }: Job): string {
  return skipped_files > 0 ? `, ${count(skipped_files, "file")} skipped` : "";
}

function part({ done_files = 0 }: Job): string {
  return done_files > 0 ? `. ${count(done_files, "file")} had been done before` : "";
}

/** How far a job is; without a `max` that is not known. */
export function jobProgress({ done_bytes = 0, total_bytes, done_files = 0, total_files }: Job): {
  value: number;
  max: number | null;
} {
  if (total_bytes) return { value: done_bytes, max: total_bytes };
  return total_files ? { value: done_files, max: total_files } : { value: 0, max: null };
}
