import { useEffect, useState } from "react";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { ShownKey } from "../../ui/ShownKey";
import { useProject } from "../project/context";
import { count } from "../words";
import type { Results } from "./results";
import type { FindState } from "./session";

/** No word of searching before this. */
const PATIENCE_MS = 300;

/** How the search goes, and what it came to. */
export function FindSaid({ replaceKey }: { replaceKey: string }) {
  const { find } = useProject();
  const state = useObservable(find.state);
  const results = useObservable(find.results);
  const stale = useObservable(find.stale).size;
  const waited = useWaited(state);
  const failed = state.kind === "failed";
  return (
    <div className="find-said">
      <p role="status" className={failed ? "danger" : "secondary"}>
        {failed ? <span className="find-error">{state.error.message}</span> : sentence(state, results, waited)}
      </p>
      {state.kind === "searching" && waited && <Button onPress={() => find.stop()}>Stop</Button>}
      {state.kind === "done" && <Remarks state={state} />}
      {stale > 0 && (
        <p className="find-stale">
          {count(stale, "file has", "files have")} changed since.{" "}
          <Button look="plain" onPress={() => find.search()}>
            Search again
          </Button>
        </p>
      )}
      {state.kind === "idle" && replaceKey !== "" && (
        <p className="secondary">
          Looks into every text file, with what is typed just now. To replace: <ShownKey shortcut={replaceKey} />
        </p>
      )}
    </div>
  );
}

function sentence(state: FindState, results: Results, waited: boolean): string {
  let matches = 0;
  for (const file of results.values()) for (const line of file.lines) matches += line.spans.length;
  const found = `${count(matches, "result")} in ${count(results.size, "file")}`;
  if (state.kind === "searching") return waited ? "Searching…" : results.size > 0 ? found : "";
  if (state.kind === "done") return results.size > 0 ? found : "Nothing found.";
  return "";
}

/** What a search could not look at. */
function Remarks({ state }: { state: FindState & { kind: "done" } }) {
  const { limit, matches, unreadable = 0, too_long = 0, unsaved = 0 } = state.done;
  const remarks: string[] = [];
  if (limit === "matches") remarks.push(`Only the first ${matches.toLocaleString("en")} are shown. Look for more.`);
  if (limit === "time") remarks.push("The search took too long and was ended. Search in fewer files.");
  if (unreadable > 0) remarks.push(`${count(unreadable, "file or folder", "files or folders")} could not be read.`);
  if (too_long > 0) remarks.push(`${count(too_long, "line")} with results, too long to be shown.`);
  if (unsaved > 0) remarks.push(`${count(unsaved, "open file")} could not be saved before; older text was searched.`);
  return remarks.map((remark) => (
    <p key={remark} className="find-remark">
      {remark}
    </p>
  ));
}

function useWaited(state: FindState): boolean {
  const [waited, setWaited] = useState(false);
  const searching = state.kind === "searching";
  // biome-ignore lint/correctness/useExhaustiveDependencies: each search by itself
  useEffect(() => {
    setWaited(false);
    if (!searching) return;
    const timer = setTimeout(() => setWaited(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [state, searching]);
  return waited;
}
