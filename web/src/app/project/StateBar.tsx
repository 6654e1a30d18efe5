import { useState } from "react";
import type { ProjectState } from "../../protocol/generated";
import { type ProjectRow, requestAction } from "../../store/queries";
import { useTableStore } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Banner } from "../../ui/Notice";
import { CopyFailure, FailureText } from "./Failure";

/** Says that the project is not running; the files stay on the screen, and one can go on writing in them. */
export function StateBar({ project }: { project: ProjectRow }) {
  const store = useTableStore();
  const [detailed, setDetailed] = useState(false);
  const state = project.state;
  if (!state?.status || state.status === "running") return null;
  const resting = state.status === "stopped" || state.status === "failed";
  const start = () => store && requestAction(store, project.project_id, "start").catch(() => {});
  return (
    <>
      <Banner kind={state.status === "failed" ? "warning" : "info"}>
        {`${happened(state)} You can read and write on: what you type waits in this browser and is sent when the project runs.`}{" "}
        {state.status === "failed" && (
          <Button look="plain" onPress={() => setDetailed(true)}>
            Show details
          </Button>
        )}
        {resting && store && (
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
