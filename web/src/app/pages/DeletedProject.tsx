import { RotateCcw, Trash2 } from "lucide-react";
import type { SessionInfo } from "../../protocol/generated";
import type { ProjectRow } from "../../store/queries";
import { useTables } from "../../store/use-table";
import { Button } from "../../ui/Button";
import { ConnectionBar } from "../ConnectionBar";
import { Link } from "../navigation";
import { useRights } from "../project/rights";
import { keptFor, restoreProject } from "../project-acts";
import { TopBar } from "../TopBar";
import { ago, exactly } from "../words";
import { Message } from "./Messages";

/** The page of a project that was deleted and is still kept. */
export function DeletedProject({ info, project }: { info: SessionInfo; project: ProjectRow }) {
  const store = useTables();
  const { owns } = useRights(project, info);
  const deleted = Date.parse(project.deleted_at ?? "");
  return (
    <>
      <TopBar info={info} />
      <ConnectionBar />
      <Message icon={<Trash2 aria-hidden />} title={`${project.title} was deleted`}>
        <p>
          It was deleted <time title={exactly(deleted)}>{ago(deleted, Date.now())}</time> and{" "}
          {keptFor(project.deleted_at ?? "", Date.now())}. {!owns && "Its owners can restore it: ask one of them."}
        </p>
        <div className="dialog-acts">
          <Link className="button" href="/">
            Go to your projects
          </Link>
          {owns && (
            <Button look="primary" onPress={() => void restoreProject(store, project).catch(() => {})}>
              <RotateCcw aria-hidden />
              Restore project
            </Button>
          )}
        </div>
      </Message>
    </>
  );
}
