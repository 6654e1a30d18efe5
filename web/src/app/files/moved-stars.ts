import { movedPath } from "../../store/directories";
import { changeSettings, settings } from "../../store/settings";

/** Something was moved: stars on it, and on what is in it, go along. */
export function moveStars(projectId: string, from: string, to: string): void {
  const { starredFiles } = settings.get();
  const paths = starredFiles[projectId] ?? [];
  if (!paths.some((path) => movedPath(path, from, to) !== null)) return;
  const moved = [...new Set(paths.map((path) => movedPath(path, from, to) ?? path))];
  changeSettings({ starredFiles: { ...starredFiles, [projectId]: moved } });
}
