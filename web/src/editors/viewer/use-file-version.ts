import { useEffect, useState } from "react";
import { EventsSocket } from "../../net/events-socket";

/** A file that changes all the time is looked at again at most this often. */
const LOOK_EVERY_MS = 500;

/** A number that is another one when the file has been written, and a function that makes it so. */
export function useFileVersion(projectId: string, path: string | null): [version: number, again: () => void] {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    const events = new EventsSocket(projectId);
    let known: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = events.subscribe(path.slice(0, Math.max(0, slash)), (event) => {
      if (event.type === "directory_failed") return;
      const entry = event.entries.find((one) => one.name === name);
      const gone = event.type === "directory_changed" && event.removed.includes(name);
      if (!entry && !gone) return;
      const state = entry ? `${entry.size_bytes ?? 0} ${entry.modified_at ?? 0}` : "";
      if (known !== null && known !== state) {
        timer ??= setTimeout(() => {
          timer = undefined;
          setVersion((number) => number + 1);
        }, LOOK_EVERY_MS);
      }
      known = state;
    });
    return () => {
      clearTimeout(timer);
      stop();
      events.close();
    };
  }, [projectId, path]);
  return [version, () => setVersion((number) => number + 1)];
}
