import { RotateCw } from "lucide-react";
import type { SessionInfo } from "../../protocol/generated";
import type { ProjectRow } from "../../store/queries";
import { Button } from "../../ui/Button";
import { useLate } from "../../ui/Skeleton";
import { ConnectionBar } from "../ConnectionBar";
import { TopBar } from "../TopBar";
import { useTitle } from "../use-title";
import { CopyFailure, FailureText } from "./Failure";

/** A project that is on its way: what comes, in its shape, and the step in words; or why it failed. */
export function Starting({ info, project, onStart }: { info: SessionInfo; project: ProjectRow; onStart(): void }) {
  useTitle(project.title);
  const late = useLate();
  const state = project.state;
  return (
    <>
      <TopBar info={info} place={<h1 className="project-name truncate">{project.title}</h1>} />
      <ConnectionBar />
      {state?.status === "failed" ? (
        <main className="empty message-page">
          <h2>The project could not start</h2>
          <FailureText state={state} />
          <p className="secondary">
            Your files are not touched by this. Start it again; if it fails once more, send the details to your
            administrator.
          </p>
          <div className="dialog-acts">
            <CopyFailure title={project.title} state={state} />
            <Button look="primary" onPress={onStart}>
              <RotateCw aria-hidden />
              Start again
            </Button>
          </div>
        </main>
      ) : (
        <main className="starting" aria-busy="true">
          {late && (
            <>
              <div className="starting-side" aria-hidden>
                {[70, 50, 62, 44, 56].map((width) => (
                  <div key={width} className="skeleton" style={{ width: `${width}%` }} />
                ))}
              </div>
              <p className="starting-step" role="status">
                {state?.step ? `${state.step.charAt(0).toUpperCase()}${state.step.slice(1)}…` : "Starting the project…"}
              </p>
            </>
          )}
        </main>
      )}
    </>
  );
}
