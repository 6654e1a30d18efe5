import { useEffect, useMemo, useRef, useState } from "react";
import * as Y from "yjs";
import type { FrameItem } from "./frame/protocol";
import type { FrameHost } from "./frame-host";
import { OutputFrame } from "./OutputFrame";
import { isRecord, textOf } from "./plain";
import type { CommChannel, DataOutput, Output } from "./types";
import { modelsOf, savedModels, WidgetBridge } from "./widget-models";

const VIEW = "application/vnd.jupyter.widget-view+json";
const STATE = "application/vnd.jupyter.widget-state+json";

interface WidgetOutputProps {
  id: string;
  output: DataOutput;
  outputs: Y.Array<unknown> | readonly Output[];
  kernel: CommChannel | null;
  /** For who may not edit: it moves with others, and cannot be moved. */
  readOnly: boolean;
}

/** A widget: live while the kernel has it, else as the file keeps it, else a sentence. */
export function WidgetOutput({ id, output, outputs, kernel, readOnly }: WidgetOutputProps) {
  const view = output.data[VIEW];
  const model = isRecord(view) ? textOf(view.model_id) : "";
  const live = useLive(kernel, model);
  const saved = useMemo(() => (live ? null : savedModels(savedState(outputs), model)), [live, outputs, model]);
  const items = useMemo((): FrameItem[] => [{ key: 0, version: 1, kind: "widget", model }], [model]);
  if (live && kernel) return <LiveWidget key="live" id={id} items={items} kernel={kernel} readOnly={readOnly} />;
  if (saved) {
    return (
      <>
        <OutputFrame
          key="saved"
          id={id}
          title="Widget, as it was saved"
          items={items}
          onRunning={(host) => host.send({ type: "saved", models: saved })}
        />
        <p className="output-note secondary">This widget is shown as it was saved. Run the cell to use it.</p>
      </>
    );
  }
  return (
    <p className="output-note secondary">
      {kernel
        ? "This widget is no longer there: the kernel was started anew. Run the cell to make it again."
        : "A widget. Run the cell to see it."}
    </p>
  );
}

/** Whether the kernel has a model. Once it had, it is so until the kernel takes it away. */
function useLive(kernel: CommChannel | null, model: string): boolean {
  const [, redraw] = useState(0);
  const models = kernel ? modelsOf(kernel) : null;
  useEffect(
    () =>
      models?.subscribe((id, frame) => {
        if (id === model && frame.kind !== "comm_msg") redraw((count) => count + 1);
      }),
    [models, model],
  );
  return models?.has(model) ?? false;
}

interface LiveWidgetProps {
  id: string;
  items: readonly FrameItem[];
  kernel: CommChannel;
  readOnly: boolean;
}

function LiveWidget({ id, items, kernel, readOnly }: LiveWidgetProps) {
  const [refused, setRefused] = useState(false);
  const bridge = useRef<WidgetBridge | null>(null);
  const stop = () => {
    bridge.current?.stop();
    bridge.current = null;
  };
  const connect = (host: FrameHost) => {
    stop();
    bridge.current = new WidgetBridge(
      modelsOf(kernel),
      (frame, buffers) => host.send({ type: "comm", frame, buffers }),
      (model) => host.send({ type: "absent", model }),
    );
  };
  return (
    <>
      <OutputFrame
        id={id}
        title="Widget"
        items={items}
        onHost={(host) => !host && stop()}
        onRunning={connect}
        onMessage={(message) => {
          if (message.type === "model") bridge.current?.give(message.model);
          else if (message.type !== "comm") return;
          else if (!readOnly) bridge.current?.pass(message.frame, message.buffers);
          else {
            bridge.current?.refuse(message.frame);
            // Views also speak by themselves; a person who uses one has the focus in it.
            if (document.activeElement instanceof HTMLIFrameElement) setRefused(true);
          }
        }}
      />
      {refused && (
        <p className="output-note secondary" role="status">
          You are a viewer of this project: this widget can be looked at, and moved by who may edit.
        </p>
      )}
    </>
  );
}

/** The state of all widgets that the notebook's file keeps. */
function savedState(outputs: Y.Array<unknown> | readonly Output[]): unknown {
  if (!(outputs instanceof Y.Array)) return null;
  const metadata = outputs.doc?.getMap("meta").get("metadata");
  const widgets = metadata instanceof Y.Map ? metadata.get("widgets") : null;
  const plain = widgets instanceof Y.Map ? widgets.toJSON() : widgets;
  return isRecord(plain) ? plain[STATE] : null;
}
