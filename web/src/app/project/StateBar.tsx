import { useState } from "react";
import type { ProjectState } from "../../protocol/generated";
import { type ProjectRow, requestAction } from "../../store/queries";
import { useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Banner } from "../../ui/Notice";
import { restoreProject, unarchiveProject } from "../project-acts";
import { useProject } from "./context";
import { CopyFailure, FailureText } from "./Failure";
import { useRights } from "./rights";

/** Says that the project is not running, or not to be changed; the files stay on the screen, and one can go on writing in them. */
export function StateBar({ project }: { project: ProjectRow }) {
  const { info } = useProject();
  const store = useTables();
  const { owns } = useRights(project, info);
  const [detailed, setDetailed] = useState(false);
  const state = project.state;
  const resting = state?.status === "stopped" || state?.status === "failed";
  const start = () => void requestAction(store, project.project_id, "start").catch(() => {});
  if (project.deleted_at !== null) {
    return (
      <Banner kind="warning">
        This project was deleted, and nobody can open it any more. What was saved in it is kept for a while.{" "}
        {owns && (
          <Button look="plain" onPress={() => void restoreProject(store, project).catch(() => {})}>
            Restore project
          </Button>
        )}
      </Banner>
    );
  }
  if (project.archived) {
    return (
      <Banner>
        This project is archived: you can read it{resting && " once it runs"}, and nothing in it changes.{" "}
        {resting && (
          <Button look="plain" onPress={start}>
            Start project
          </Button>
        )}
        {owns && (
          <Button look="plain" onPress={() => void unarchiveProject(store, project).catch(() => {})}>
            Take out of the archive
          </Button>
        )}
      </Banner>
    );
  }
  if (!state?.status || state.status === "running") return null;
  return (
    <>
      <Banner kind={state.status === "failed" ? "warning" : "info"}>
        {`${happened(state)} You can read and write on: what you type waits in this browser and is sent when the project runs.`}{" "}
        {state.status === "failed" && (
          <Button look="plain" onPress={() => setDetailed(true)}>
            Show details
          </Button>
        )}
        {resting && (
          <Button look="plain" onPress={start}>
            {state.status === "failed" ? "Start again" : "Start project"}
          </Button>
        )}
      </Banner>
      <Dialog
        title="This project does not run"
        isOpen={detailed && state.status === "failed"}
        onClose={() => setDetailed(false)}
        wide
      >
        <FailureText state={state} />
        <div className="dialog-acts">
          <CopyFailure title={project.title} state={state} />
          <Button
            look="primary"
            onPress={() => {
              setDetailed(false);
              start();
            }}
          >
            Start again
          </Button>
        </div>
      </Dialog>
    </>
  );
}

/** What happened to it. A stop that nobody asked for comes with its reason. */
function happened(state: ProjectState): string {
  switch (state.status) {
    case "stopped":
      return state.message ?? "This project is stopped.";
    case "stopping":
      return "This project is stopping.";
    case "starting":
      return `This project is starting${state.step ? `: ${state.step}` : ""}.`;
    default:
      return `This project does not run. ${state.message ?? "It ended without saying why."}`;
  }
}
