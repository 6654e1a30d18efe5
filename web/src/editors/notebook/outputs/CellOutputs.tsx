import { ChevronRight } from "lucide-react";
import { type RefObject, useMemo, useRef } from "react";
import type * as Y from "yjs";
import { Button } from "../../../ui/Button";
import { ErrorView } from "./ErrorView";
import { FrameSegment } from "./FrameSegment";
import type { FrameHost } from "./frame-host";
import { MoreOutput } from "./MoreOutput";
import type { Resolve } from "./markdown/sanitise";
import { NativeOutput } from "./NativeOutput";
import { OutputMenu } from "./OutputMenu";
import "./outputs.css";
import { type Segment, segmentsOf } from "./segments";
import { TextOutput } from "./TextOutput";
import type { CommChannel, Output } from "./types";
import { useOutputs } from "./use-outputs";
import { WidgetOutput } from "./WidgetOutput";

export interface CellOutputsProps {
  /** The `outputs` of a cell in the document, which are followed; or plain ones, of a version in the history. */
  outputs: Y.Array<unknown> | readonly Output[];
  projectId: string;
  /** The notebook, relative to the project's home. */
  path: string;
  cellId: string;
  /** The connection to the kernel, for widgets; none while no kernel runs. */
  kernel?: CommChannel | null;
  /** Hidden by a person (`metadata.collapsed` or `metadata.jupyter.outputs_hidden`): a bar says so and shows them again. */
  collapsed?: boolean;
  onCollapse?(collapsed: boolean): void;
  /** Takes the outputs out of the document, in a way that can be undone. Absent for who may not edit. */
  onClear?(): void;
  /** Where links and pictures of Markdown and HTML outputs lead. */
  resolve?: Resolve;
}

/** What a cell has put out, drawn. Nothing of it runs in this page. */
export function CellOutputs(props: CellOutputsProps) {
  const { outputs, projectId, path, cellId, kernel = null, collapsed, onCollapse, onClear, resolve } = props;
  const list = useOutputs(outputs);
  const segments = useMemo(() => (collapsed ? [] : segmentsOf(list)), [list, collapsed]);
  const place = useRef<HTMLElement>(null);
  const host = useRef<FrameHost | null>(null);
  if (list.length === 0) return null;
  if (collapsed) {
    return (
      <Button look="plain" onPress={() => onCollapse?.(false)}>
        <ChevronRight aria-hidden />
        {list.length === 1 ? "One output is hidden" : `${list.length} outputs are hidden`}
      </Button>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: no landmark: a page has as many as it has cells
    <section ref={place} role="group" className="cell-outputs" aria-label="Outputs">
      {segments.map((segment) => (
        <div key={`${segment.kind}-${segment.key}`} className="cell-output">
          <Drawn
            segment={segment}
            id={`${projectId}/${path}#${cellId}/${segment.key}`}
            outputs={outputs}
            projectId={projectId}
            kernel={kernel}
            resolve={resolve}
            host={host}
            readOnly={onClear === undefined}
          />
        </div>
      ))}
      <OutputMenu
        list={list}
        projectId={projectId}
        takePicture={async () => (await host.current?.takePicture()) ?? null}
        onCollapse={onCollapse && (() => onCollapse(true))}
        onClear={onClear}
      />
    </section>
  );
}

interface DrawnProps {
  segment: Segment;
  id: string;
  outputs: Y.Array<unknown> | readonly Output[];
  projectId: string;
  kernel: CommChannel | null;
  resolve?: Resolve;
  host: RefObject<FrameHost | null>;
  readOnly: boolean;
}

function Drawn({ segment, id, outputs, projectId, kernel, resolve, host, readOnly }: DrawnProps) {
  switch (segment.kind) {
    case "stream": {
      const isError = segment.output.name === "stderr";
      return (
        <TextOutput
          text={segment.output.text}
          label={isError ? "Standard error" : "Printed text"}
          look={isError ? "stderr" : "plain"}
        />
      );
    }
    case "error":
      return <ErrorView output={segment.output} />;
    case "beyond":
      return <MoreOutput beyond={segment.beyond} projectId={projectId} />;
    case "frame":
      return <FrameSegment id={id} parts={segment.parts} outputs={outputs} projectId={projectId} host={host} />;
    case "data":
      if (segment.draw === "widget") {
        return <WidgetOutput id={id} output={segment.output} outputs={outputs} kernel={kernel} readOnly={readOnly} />;
      }
      return <NativeOutput part={segment} look={segment.look} projectId={projectId} resolve={resolve} />;
  }
}
