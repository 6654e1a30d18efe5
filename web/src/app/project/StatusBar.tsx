import { Check, CircleAlert, CircleDashed, CloudOff, Lock } from "lucide-react";
import { useEffect, useState } from "react";
import type { KernelInfo, SaveState } from "../../editors/types";
import type { ProjectRow } from "../../store/queries";
import { useObservable } from "../../store/react";
import { SAVING_AFTER_MS, saveSentence, stateWords } from "../words";
import { useProject } from "./context";

/** Fixed places: where the text is, where one is in it and its format, and the project. */
export function StatusBar({ project }: { project: ProjectRow | null }) {
  const { workspace, path } = useProject();
  const status = useObservable(workspace.statuses).get(path ?? "");
  const position = status?.position;
  const stopped = project !== null && project.state?.status !== "running";
  return (
    <footer className="status-bar">
      <div className="save-state" role="status" aria-label="Save state">
        {status?.state && <span className="truncate">{status.state}</span>}
        {status && !status.state && (
          <SaveStateText save={status.save} {...(stopped ? { apart: "the project is stopped" } : {})} />
        )}
      </div>
      <div className="status-middle">
        {status?.place && <span className="numbers">{status.place}</span>}
        {position && (
          <span className="numbers">
            Ln {position.line}, Col {position.column}
            {position.selected > 0 ? ` (${position.selected} selected)` : ""}
          </span>
        )}
        {status?.indentation && <span>{status.indentation}</span>}
        {status?.language && (
          <>
            <span>UTF-8</span>
            <span>{status.language}</span>
          </>
        )}
      </div>
      <div className="status-right">
        {status?.kernel && <KernelState kernel={status.kernel} />}
        {project && (
          <span>
            <span className={`state-dot ${project.state?.status ?? "stopped"}`} aria-hidden />{" "}
            {stateWords(project.state)}
          </span>
        )}
      </div>
    </footer>
  );
}

/** The kernel of what is shown: its name and state, and what it uses. */
function KernelState({ kernel }: { kernel: KernelInfo }) {
  const { name, state, words, memoryBytes, processorPercent } = kernel;
  return (
    <span className="kernel-status numbers" title={`${name}: ${words}`}>
      <span className={`state-dot kernel-${state}`} aria-hidden />
      {name}, {words.toLowerCase()}
      {memoryBytes !== undefined && ` · ${Math.round(memoryBytes / 1e6)} MB`}
      {processorPercent !== undefined && ` · ${Math.round(processorPercent)} %`}
    </span>
  );
}

function SaveStateText({ save, apart }: { save: SaveState; apart?: string }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    setNow(Date.now());
    const timer = setTimeout(() => setNow(Date.now()), Math.max(0, save.since + SAVING_AFTER_MS - Date.now()) + 10);
    return () => clearTimeout(timer);
  }, [save]);
  const Icon =
    !save.online && save.kind !== "failed" && save.kind !== "opening"
      ? CloudOff
      : ({ disk: Check, read_only: Lock, failed: CircleAlert, not_saved: CircleAlert }[save.kind as "disk"] ??
        CircleDashed);
  const sentence = saveSentence(save, now, apart);
  return (
    <>
      <Icon aria-hidden className={`save-icon ${save.kind}`} />
      <span className="truncate" title={sentence}>
        {sentence}
      </span>
    </>
  );
}
