import { type RefObject, useEffect, useRef, useState } from "react";
import { fileAddress, isFile } from "../../net/files";
import type { EditorProps } from "../types";
import { useFileVersion } from "../viewer/use-file-version";
import { useViewerStatus } from "../viewer/use-viewer-status";
import { ViewerBar } from "../viewer/ViewerBar";
import { ViewerProblem } from "../viewer/ViewerProblem";
import "./media.css";

const AUDIO = /\.(aac|flac|m4a|mp3|oga|ogg|opus|wav|weba)$/i;
/** Longer captions are no captions. */
const MAX_CAPTION_BYTES = 5_000_000;

/** Audio and video, played by the browser, which reads the parts that it needs. */
export default function MediaViewer({ projectId, path, onStatus }: EditorProps) {
  const [version, again] = useFileVersion(projectId, path);
  const attempt = `${version} ${path}`; // tried again when the file was written
  const [failedAttempt, setFailedAttempt] = useState<string | null>(null);
  const [size, setSize] = useState("");
  const captions = useCaptions(projectId, path);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const audio = AUDIO.test(path);
  useViewerStatus(onStatus, audio ? "Audio" : "Video");
  const player = useRef<HTMLMediaElement>(null);
  const told = () => {
    const element = player.current;
    if (element?.error) setFailedAttempt(attempt);
    if (element instanceof HTMLVideoElement && element.videoWidth > 0)
      setSize(`${element.videoWidth} × ${element.videoHeight}`);
  };
  // React makes the element before it is on the page, and what it tells until then is heard by nobody.
  useEffect(told, [attempt]);
  if (failedAttempt === attempt) {
    const problem = `This browser cannot play ${name}: it is damaged, empty, or in a format that the browser does not know. Download it to play it with another program.`;
    return <ViewerProblem projectId={projectId} path={path} problem={problem} onRetry={again} />;
  }
  const shared = {
    src: fileAddress(projectId, path),
    controls: true,
    preload: "metadata",
    "aria-label": name,
    onError: told,
    onLoadedMetadata: told,
  } as const;
  return (
    <div className="viewer">
      <ViewerBar
        projectId={projectId}
        path={path}
        label={audio ? "Audio" : "Video"}
        about={[name, size].filter(Boolean).join(" · ")}
      />
      <div className="viewer-body media" key={version}>
        {audio ? (
          <audio {...shared} ref={player as RefObject<HTMLAudioElement>}>
            {captions && <track kind="captions" src={captions} default />}
          </audio>
        ) : (
          <video {...shared} ref={player as RefObject<HTMLVideoElement>}>
            {captions && <track kind="captions" src={captions} default />}
          </video>
        )}
      </div>
    </div>
  );
}

/** The captions in a file beside it, of the same name with the ending `.vtt`. */
function useCaptions(projectId: string, path: string): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    let made: string | null = null;
    const beside = path.replace(/\.[^./]+$/, ".vtt");
    const find = async () => {
      if (!(await isFile(projectId, beside))) return;
      const answer = await fetch(fileAddress(projectId, beside), { signal: abort.signal });
      if (!answer.ok || Number(answer.headers.get("Content-Length") ?? 0) > MAX_CAPTION_BYTES) return;
      const text = await answer.text();
      if (abort.signal.aborted || !text.startsWith("WEBVTT")) return;
      made = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
      setUrl(made);
    };
    find().catch(() => undefined); // it plays without
    return () => {
      abort.abort();
      setUrl(null);
      if (made) URL.revokeObjectURL(made);
    };
  }, [projectId, path]);
  return url;
}
