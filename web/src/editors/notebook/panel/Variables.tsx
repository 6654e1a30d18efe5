import { RefreshCw } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Variable } from "../../../protocol/generated";
import { IconButton } from "../../../ui/IconButton";
import { useNotebook, useOfKernel } from "../context";
import { bytesWords } from "../kernel-words";

/** While something runs. */
const ASKED_EACH_MS = 3_000;

/** The variables that the notebook's code has defined, asked for anew after each run. */
export function Variables() {
  const { kernel } = useNotebook();
  const [list, setList] = useState<readonly Variable[] | null>(null);
  const [wanted, setWanted] = useState("");
  const state = useOfKernel((status) => status?.state ?? null);
  const startedAt = useOfKernel((status) => status?.started_at ?? null);
  const asked = useRef(0);
  const ask = useCallback(async () => {
    const number = ++asked.current;
    const answer = await kernel.variables();
    if (number === asked.current && answer) setList(answer);
  }, [kernel]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another start is another kernel, with nothing in it
  useEffect(() => setList(null), [startedAt]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what a started kernel holds is asked for anew
  useEffect(() => {
    if (state !== "idle" && state !== "busy") return;
    void ask();
    if (state === "idle") return;
    const timer = setInterval(() => void ask(), ASKED_EACH_MS);
    return () => clearInterval(timer);
  }, [state, startedAt, ask]);

  if (state !== "idle" && state !== "busy") {
    return (
      <p className="notebook-panel-empty">
        The variables that your code defines are listed here once the kernel has started. Running a cell starts it.
      </p>
    );
  }
  const shown = list?.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase())) ?? [];
  return (
    <>
      <div className="notebook-variables-head">
        <input
          className="input"
          aria-label="Filter variables"
          placeholder="Filter"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <IconButton label="Ask again" onPress={() => void ask()}>
          <RefreshCw aria-hidden />
        </IconButton>
      </div>
      {list === null ? (
        <p className="notebook-panel-empty">
          {state === "busy" ? "The kernel is asked; one that cannot answer while it runs does so then." : "Asking…"}
        </p>
      ) : shown.length === 0 ? (
        <p className="notebook-panel-empty">
          {list.length === 0 ? "No variables are defined yet." : `No variable's name has “${wanted}” in it.`}
        </p>
      ) : (
        <table className="notebook-variables">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Type</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ name, kind, summary, shape = "", size_bytes }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  {kind}
                  {shape !== "" && <span className="secondary"> {shape}</span>}
                </td>
                <td title={size_bytes == null ? summary : `${summary}\n${bytesWords(size_bytes)}`}>{summary}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
