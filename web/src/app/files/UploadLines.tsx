import { CircleAlert, CloudOff, Upload } from "lucide-react";
import { baseName } from "../../store/directories";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { useProject } from "../project/context";
import { bytes, count } from "../words";
import type { UploadState } from "./uploads";

/** More failures than this are counted. */
const MAX_FAILURES = 5;

/** The uploads of this page: those on their way in one line, and one for each that failed. */
export function UploadLines() {
  const { acts } = useProject();
  const list = useObservable(acts.uploads.list);
  const failed = list.filter((one) => one.state === "failed");
  const going = list.filter((one) => one.state !== "failed");
  return (
    <>
      {going.length > 0 && <Going list={going} onCancel={() => acts.uploads.cancelAll()} />}
      {failed.slice(0, MAX_FAILURES).map((one) => (
        <div key={one.id} className="job failed">
          <CircleAlert aria-hidden />
          <span className="job-words" role="alert">
            “{baseName(one.path)}” was not uploaded. {one.problem}
          </span>
          <Button onPress={() => acts.uploads.retry(one.id)}>Try again</Button>
          <Button onPress={() => acts.uploads.cancel(one.id)}>Leave it</Button>
        </div>
      ))}
      {failed.length > MAX_FAILURES && (
        <p className="job">and {count(failed.length - MAX_FAILURES, "other file")} not uploaded</p>
      )}
    </>
  );
}

function Going({ list, onCancel }: { list: readonly UploadState[]; onCancel(): void }) {
  const sent = list.reduce((sum, one) => sum + one.sent, 0);
  const size = list.reduce((sum, one) => sum + one.size, 0);
  const paused = list.some((one) => one.state === "paused") && !list.some((one) => one.state === "sending");
  const what = list.length === 1 ? `“${baseName(list[0]?.path ?? "")}”` : count(list.length, "file");
  const Icon = paused ? CloudOff : Upload;
  return (
    <div className="job running">
      <Icon aria-hidden />
      <span className="job-words" role="status">
        {paused ? "Waiting for the connection to upload" : "Uploading"} {what}:{" "}
        <span className="numbers">
          {bytes(sent)} of {bytes(size)}
        </span>
      </span>
      <progress value={sent} max={Math.max(1, size)} aria-label={`Upload of ${what}`} />
      <Button onPress={onCancel}>{list.length === 1 ? "Cancel" : "Cancel all"}</Button>
    </div>
  );
}
