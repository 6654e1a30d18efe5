import { type ProjectRow, requestAction } from "../../store/queries";
import { useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Banner } from "../../ui/Notice";
import { restoreProject, unarchiveProject } from "../project-acts";
import { useProject } from "./context";
import { useRights } from "./rights";

const WRITE_ON = "You can read and write on: what you type waits in this browser and is sent when the project runs.";

/** Says that the project is not running, or not to be changed; the files stay on the screen. */
export function StateBar({ project }: { project: ProjectRow }) {
  const { info } = useProject();
  const store = useTables();
  const { owns } = useRights(project, info);
  const status = project.state?.status;
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
  const idle = status === "stopped" || status === "failed";
  const start = idle && (
    <Button look="plain" onPress={() => requestAction(store, project.project_id, "start").catch(() => {})}>
      Start project
    </Button>
  );
  if (project.archived) {
    return (
      <Banner>
        This project is archived: you can read it{idle && " once it runs"}, and nothing in it changes. {start}{" "}
        {owns && (
          <Button look="plain" onPress={() => void unarchiveProject(store, project).catch(() => {})}>
            Take out of the archive
          </Button>
        )}
      </Banner>
    );
  }
  if (!status || status === "running") return null;
  const happened = {
    stopped: "This project is stopped.",
    stopping: "This project is stopping.",
    starting: "This project is starting.",
    failed: `This project does not run. ${project.state.message ?? "It ended without saying why."}`,
  }[status];
  return (
    <Banner kind={status === "failed" ? "warning" : "info"}>
      {`${happened} ${WRITE_ON}`} {start}
    </Banner>
  );
}
