import type {
  ArchiveReady,
  CancelJob,
  CopiedToProject,
  CopyToProject,
  JobAnswer,
  JobOperation,
  PrepareArchive,
  RunAnswer,
  TrashListing,
} from "../protocol/generated";
import { getJson, sendJson } from "./api";

/** Starts an act on files that takes a while; answers its id at once. */
export function startJob(projectId: string, operation: JobOperation): Promise<JobAnswer> {
  return sendJson<JobAnswer>("POST", `/projects/${projectId}/operations`, operation);
}

export function cancelJob(projectId: string, job_id: string): Promise<unknown> {
  const operation: CancelJob = { type: "cancel_job", job_id };
  return sendJson("POST", `/projects/${projectId}/operations`, operation);
}

export function listTrash(projectId: string): Promise<TrashListing> {
  return getJson<TrashListing>(`/projects/${projectId}/trash`);
}

/** Has an archive made for a download; answers where it is and what it is called. */
export async function prepareArchive(
  projectId: string,
  wanted: PrepareArchive,
): Promise<{ href: string; name: string }> {
  const { archive_id, name } = await sendJson<ArchiveReady>("POST", `/projects/${projectId}/archives`, wanted);
  return { href: `/projects/${projectId}/archives/${archive_id}`, name };
}

export function copyToProject(projectId: string, wanted: CopyToProject): Promise<CopiedToProject> {
  return sendJson<CopiedToProject>("POST", `/api/projects/${projectId}/copies`, wanted);
}

/** Runs a shell command in a folder of the project. */
export function runCommand(projectId: string, command: string, path: string): Promise<RunAnswer> {
  return sendJson<RunAnswer>("POST", `/projects/${projectId}/run`, { command, path });
}
