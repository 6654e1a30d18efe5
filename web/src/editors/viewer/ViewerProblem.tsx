import { sentence } from "../../net/api";
import { Button } from "../../ui/Button";
import { showWith } from "../open-with";
import { DownloadLink } from "../preview/DownloadLink";
import { kindsFor } from "../registry";
import "../text/text.css";

interface ViewerProblemProps {
  projectId: string;
  path: string;
  /** What happened: an error, or a sentence. */
  problem: unknown;
  onRetry?(): void;
}

/** In place of what cannot be shown: why, and what can be done instead. */
export function ViewerProblem({ projectId, path, problem, onRetry }: ViewerProblemProps) {
  const message = typeof problem === "string" ? problem : sentence(problem);
  const offered = kindsFor(path).map((kind) => kind.id);
  return (
    <div className="editor-place" role="status">
      <p>{message}</p>
      <div className="editor-place-acts">
        <DownloadLink projectId={projectId} path={path} />
        {onRetry && <Button onPress={onRetry}>Try again</Button>}
        {offered.includes("text") && <Button onPress={() => showWith(path, "text")}>Show as text</Button>}
        <Button onPress={() => showWith(path, "hex")}>Show the bytes</Button>
      </div>
    </div>
  );
}
