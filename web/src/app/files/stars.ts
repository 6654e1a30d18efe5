import { useObservable } from "../../store/react";
import { changeSettings, MAX_STARS, settings } from "../../store/settings";
import { toast } from "../../ui/toast-queue";
import { useProject } from "../project/context";

/** The files of this project that the person has starred; kept in the account. */
export function useStars() {
  const { projectId } = useProject();
  const { starredFiles } = useObservable(settings);
  const paths = starredFiles[projectId] ?? [];
  const set = (next: readonly string[]) => {
    const { [projectId]: _, ...others } = settings.get().starredFiles;
    changeSettings({ starredFiles: next.length > 0 ? { ...others, [projectId]: next } : others });
  };
  return {
    paths,
    has: (path: string) => paths.includes(path),
    toggle: (path: string) => {
      if (paths.includes(path)) set(paths.filter((one) => one !== path));
      else if (paths.length < MAX_STARS) set([...paths, path]);
      else toast(`${MAX_STARS} files of a project can have a star. Take one away first.`, { danger: true });
    },
  };
}
