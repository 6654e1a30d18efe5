import { useEffect, useState } from "react";
import { useFileVersion } from "../viewer/use-file-version";
import { loadPicture, type Picture } from "./picture";

/** A picture, read again when its file was written; the one before stays until then. */
export function usePicture(
  projectId: string,
  path: string | null,
): { picture: Picture | null; problem: unknown; again(): void } {
  const [version, again] = useFileVersion(projectId, path);
  const [state, setState] = useState<{ path: string | null; picture: Picture | null; problem: unknown }>({
    path: null,
    picture: null,
    problem: null,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when the file was written
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    loadPicture(projectId, path, abort.signal).then(
      (picture) => {
        if (abort.signal.aborted) URL.revokeObjectURL(picture.url);
        else setState({ path, picture, problem: null });
      },
      (problem: unknown) => {
        if (!abort.signal.aborted) setState({ path, picture: null, problem });
      },
    );
    return () => abort.abort();
  }, [projectId, path, version]);
  const url = state.picture?.url;
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  const current = state.path === path;
  return { picture: current ? state.picture : null, problem: current ? state.problem : null, again };
}
