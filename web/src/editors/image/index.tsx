import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { bytesWords } from "../notebook/kernel-words";
import type { EditorProps } from "../types";
import { useViewerStatus } from "../viewer/use-viewer-status";
import { ViewerBar } from "../viewer/ViewerBar";
import { ViewerProblem } from "../viewer/ViewerProblem";
import { Compared, Drawn, MODES, type Mode } from "./Compared";
import type { Picture } from "./picture";
import { Stage } from "./Stage";
import { useFolderImages } from "./use-folder-images";
import { usePicture } from "./use-picture";
import { percent, stepFrom, type Zoom } from "./zoom";
import "./image.css";

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** A raster image: zoomed, moved, compared with another one. */
export default function ImageViewer({ projectId, path, onStatus }: EditorProps) {
  const { picture, problem, again } = usePicture(projectId, path);
  const [zoom, setZoom] = useState<Zoom>("fit");
  const [scale, setScale] = useState(1);
  const [comparing, setComparing] = useState(false);
  const others = useFolderImages(projectId, path, comparing);
  const [chosen, setChosen] = useState<string | null>(null);
  const [mode, setMode] = useState<Mode>("beside");
  const otherPath = comparing ? (chosen ?? others[0] ?? null) : null;
  const other = usePicture(projectId, otherPath);
  useViewerStatus(onStatus, "Image, read only", picture ? percent(scale) : undefined);

  if (problem !== null) {
    return <ViewerProblem projectId={projectId} path={path} problem={problem} onRetry={again} />;
  }
  if (!picture) return <Skeleton lines={8} label="Opening the image" />;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest("input")) return;
    const acts: Record<string, Zoom> = {
      "+": stepFrom(scale, 1),
      "=": stepFrom(scale, 1),
      "-": stepFrom(scale, -1),
      "0": "fit",
      "1": 1,
    };
    const next = acts[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setZoom(next);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the buttons and the picture inside arrive here
    <div className="viewer" onKeyDown={onKeyDown}>
      <ViewerBar projectId={projectId} path={path} label="Image" about={about(picture)}>
        <IconButton label="Smaller" shortcut="-" onPress={() => setZoom(stepFrom(scale, -1))}>
          <ZoomOut aria-hidden />
        </IconButton>
        <span className="image-scale numbers" role="status" aria-label="Zoom">
          {percent(scale)}
        </span>
        <IconButton label="Larger" shortcut="+" onPress={() => setZoom(stepFrom(scale, 1))}>
          <ZoomIn aria-hidden />
        </IconButton>
        <IconButton label="Fit" shortcut="0" onPress={() => setZoom("fit")}>
          <Maximize aria-hidden />
        </IconButton>
        <IconButton label="1:1, actual size" shortcut="1" onPress={() => setZoom(1)}>
          <span aria-hidden>1:1</span>
        </IconButton>
        <Button aria-pressed={comparing} onPress={() => setComparing(!comparing)}>
          {comparing ? "End comparing" : "Compare"}
        </Button>
        {comparing && otherPath && (
          <>
            <Select
              label="Compare with"
              hideLabel
              value={otherPath}
              choices={others.map((one) => ({ value: one, label: nameOf(one) }))}
              onChange={setChosen}
            />
            <Select label="How" hideLabel value={mode} choices={MODES} onChange={(next: Mode) => setMode(next)} />
          </>
        )}
      </ViewerBar>
      <p className="viewer-note" role="status">
        {comparing && !otherPath ? "There is no other image in this folder to compare with." : ""}
        {other.problem instanceof Error ? other.problem.message : ""}
      </p>
      <div className="viewer-body">
        {otherPath && other.picture ? (
          <Compared
            mode={mode}
            one={picture}
            other={other.picture}
            names={[nameOf(path), nameOf(otherPath)]}
            zoom={zoom}
            onZoom={setZoom}
            onScale={setScale}
          />
        ) : (
          <Stage label={`Image ${nameOf(path)}`} picture={picture} zoom={zoom} onZoom={setZoom} onScale={setScale}>
            {(size, at) => <Drawn picture={picture} name={nameOf(path)} size={size} scale={at} />}
          </Stage>
        )}
      </div>
    </div>
  );
}

function about({ width, height, bytes, type }: Picture): string {
  const kind = type.replace(/^image\/(x-)?/, "").toUpperCase();
  return `${width.toLocaleString("en")} × ${height.toLocaleString("en")} · ${bytesWords(bytes)} · ${kind}`;
}
