import { useEffect, useState } from "react";
import { EventsSocket } from "../../net/events-socket";

const RASTER = /\.(png|apng|jpe?g|jfif|gif|webp|avif|bmp|ico)$/i;
const byName = new Intl.Collator("en", { numeric: true }).compare;

/** The paths of the other images in the folder of one, while `wanted`. */
export function useFolderImages(projectId: string, path: string, wanted: boolean): readonly string[] {
  const [names, setNames] = useState<readonly string[]>([]);
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  useEffect(() => {
    if (!wanted) return;
    const events = new EventsSocket(projectId);
    const stop = events.subscribe(folder, (event) => {
      if (event.type === "directory_failed") return;
      const fresh = event.entries.filter((entry) => entry.kind === "file" && RASTER.test(entry.name));
      const gone = event.type === "directory_changed" ? new Set(event.removed) : null;
      setNames((known) => {
        const kept = gone ? known.filter((name) => !gone.has(name)) : [];
        return [...new Set([...kept, ...fresh.map((entry) => entry.name)])].sort(byName);
      });
    });
    return () => {
      stop();
      events.close();
    };
  }, [projectId, folder, wanted]);
  return names.map((name) => (folder ? `${folder}/${name}` : name)).filter((one) => one !== path);
}
