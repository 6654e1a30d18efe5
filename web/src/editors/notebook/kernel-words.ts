/** What is said of kernels and runs. */
import type { KernelStatus } from "../../protocol/generated";
import type { JsonObject } from "../../sync/notebook/schema";

/** The name of the kernel that runs or would be started. */
export function kernelName(status: KernelStatus | null, wanted: string | undefined): string {
  return status?.kernel?.display_name ?? wanted ?? status?.wanted ?? "No kernel";
}

export function stateWord(status: KernelStatus | null): string {
  switch (status?.state) {
    case undefined:
      return "Not connected";
    case "none":
      return "Not started";
    case "starting":
      return "Starting";
    case "idle":
      return "Idle";
    case "busy":
      return "Busy";
    case "restarting":
      return "Restarting";
    case "dead":
      return "Ended";
    case "missing":
      return "Not installed";
  }
}

export function bytesWords(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(value < 9.95 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

export function durationWords(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return `${Math.max(1, Math.round(milliseconds))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** When a run began and ended, in Unix milliseconds, as Jupyter notes it in a cell's metadata. */
export function timesOf(metadata: JsonObject): { start: number | null; end: number | null } {
  const times = metadata.execution as Record<string, unknown> | undefined;
  const at = (...keys: string[]): number | null => {
    for (const key of keys) {
      const value = Date.parse(String(times?.[key] ?? ""));
      if (Number.isFinite(value)) return value;
    }
    return null;
  };
  return {
    start: at("iopub.execute_input", "iopub.status.busy", "shell.execute_reply.started"),
    end: at("shell.execute_reply", "iopub.status.idle"),
  };
}
