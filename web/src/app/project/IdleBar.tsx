import type { ProjectRow } from "../../store/queries";
import { requestAction } from "../../store/queries";
import { useTableStore } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { Banner } from "../../ui/Notice";
import { useNow } from "../use-now";
import { stopsIn } from "../words";

/** Says that a project which nobody uses is about to stop, to everybody who has it open; one click keeps it running. */
export function IdleBar({ project }: { project: ProjectRow }) {
  const { stops_at, status } = project.state ?? {};
  if (status !== "running" || !stops_at) return null;
  return <Warning projectId={project.project_id} stopsAt={Date.parse(stops_at)} />;
}

function Warning({ projectId, stopsAt }: { projectId: string; stopsAt: number }) {
  const store = useTableStore();
  const now = useNow(5_000);
  return (
    <Banner>
      <span role="status">
        Nobody is using this project, so it stops {stopsIn(stopsAt, now)}. All work is saved first.
      </span>{" "}
      {/* A wish to start what runs says that it shall run on. */}
      <Button look="plain" onPress={() => store && requestAction(store, projectId, "start").catch(() => {})}>
        Keep running
      </Button>
    </Banner>
  );
}
