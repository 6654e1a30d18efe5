import { Observable } from "./observable";

/** Projects that do not run, and are not about to: nothing of them is asked for until they do. */
export const paused = new Observable<ReadonlySet<string>>(new Set());

/** Calls `act` now if the project is paused, and at each change, with whether it is; answers how to stop that. */
export function onPause(projectId: string, act: (isPaused: boolean) => void): () => void {
  let was = false;
  const look = () => {
    const is = paused.get().has(projectId);
    if (is === was) return;
    was = is;
    act(is);
  };
  look();
  return paused.subscribe(look);
}
