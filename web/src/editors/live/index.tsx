import { EditorView } from "@codemirror/view";
import { Columns2, Eye } from "lucide-react";
import { useEffect, useRef } from "react";
import { useCommands } from "../../commands/react";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { endingOf } from "../open-with";
import { previewOf } from "../preview/kinds";
import TextEditor from "../text";
import type { EditorProps } from "../types";
import { ViewerBar } from "../viewer/ViewerBar";
import { type FrameHandle, FramePreview } from "./FramePreview";
import { lineOfTop, type Mark, ordered, topOfLine } from "./in-step";
import { JsonPreview } from "./JsonPreview";
import { MarkdownPreview } from "./MarkdownPreview";
import { previews, togglePreview } from "./preview-state";
import { RestructuredPreview } from "./RestructuredPreview";
import { useDocumentText } from "./use-document-text";
import "./live.css";

/** Longer texts are not drawn with each key. */
const MAX_CHARACTERS = 1_000_000;
const RESTRUCTURED = /\.(rst|rest)$/i;
const JSON_TEXT = /\.(json|geojson|topojson|jsonl|ndjson|ldjson)$/i;

/** A text that can also be drawn: the source at the left, and on request what it looks like at the right, live. */
export default function LiveText(props: EditorProps) {
  const { projectId, path, active } = props;
  const kind = endingOf(path);
  const shown = useObservable(previews).includes(kind);
  const source = useRef<HTMLDivElement>(null);
  return (
    <div className="viewer">
      <ViewerBar projectId={projectId} path={path} label="Text">
        <Button aria-pressed={shown} onPress={() => togglePreview(kind)}>
          {shown ? <Columns2 aria-hidden /> : <Eye aria-hidden />}
          {shown ? "Hide preview" : "Show preview"}
        </Button>
      </ViewerBar>
      <div className={`viewer-body live ${shown ? "split" : ""}`}>
        <div className="live-source" ref={source}>
          <TextEditor {...props} />
        </div>
        {shown && <Preview {...props} source={source} />}
      </div>
      {active && <PreviewCommand kind={kind} />}
    </div>
  );
}

/** The command of the file that is shown. */
function PreviewCommand({ kind }: { kind: string }) {
  const run = () => togglePreview(kind);
  useCommands([{ id: "view.preview", title: "Show or hide the preview", section: "View", keys: ["Alt-Shift-v"], run }]);
  return null;
}

function Preview({
  projectId,
  path,
  account,
  open,
  source,
}: EditorProps & { source: React.RefObject<HTMLDivElement | null> }) {
  const text = useDocumentText(projectId, path, account.accountId);
  const place = useRef<HTMLDivElement>(null);
  const frame = useRef<FrameHandle>(null);
  /** Which of the two the person moves; the other one follows. */
  const leader = useRef<"source" | "preview">("source");
  const editor = () => {
    const element = source.current?.querySelector<HTMLElement>(".cm-editor");
    return element ? EditorView.findFromDOM(element) : null;
  };
  const end = (view: EditorView): Mark => ({ line: view.state.doc.lines + 1, top: place.current?.scrollHeight ?? 0 });
  const followSource = useRef<() => void>(() => undefined);
  followSource.current = () => {
    const view = editor();
    if (!view) return;
    const { scrollTop, scrollHeight, clientHeight } = view.scrollDOM;
    frame.current?.scrollTo(scrollTop / Math.max(1, scrollHeight - clientHeight));
    if (!place.current) return;
    if (scrollTop + clientHeight >= scrollHeight - 2 && scrollTop > 0) {
      place.current.scrollTop = place.current.scrollHeight;
      return;
    }
    const block = view.lineBlockAtHeight(scrollTop);
    const share = (scrollTop - block.top) / Math.max(1, block.height);
    const line = view.state.doc.lineAt(block.from).number + Math.max(0, Math.min(1, share));
    place.current.scrollTop = topOfLine(marksOf(place.current), line, end(view));
  };
  const followPreview = () => {
    const view = editor();
    if (!view || !place.current || leader.current !== "preview") return;
    const line = lineOfTop(marksOf(place.current), place.current.scrollTop, end(view));
    const number = Math.max(1, Math.min(view.state.doc.lines, Math.floor(line)));
    const block = view.lineBlockAt(view.state.doc.line(number).from);
    view.scrollDOM.scrollTop = block.top + (line - number) * block.height;
  };
  useEffect(() => {
    const element = source.current;
    if (!element) return;
    const lead = () => {
      leader.current = "source";
    };
    const scrolled = () => {
      if (leader.current === "source") followSource.current();
    };
    for (const event of ["pointerenter", "wheel", "keydown"]) element.addEventListener(event, lead, { passive: true });
    element.addEventListener("scroll", scrolled, true);
    return () => {
      for (const event of ["pointerenter", "wheel", "keydown"]) element.removeEventListener(event, lead);
      element.removeEventListener("scroll", scrolled, true);
    };
  }, [source]);
  const drawn = () => {
    if (leader.current === "source") followSource.current();
  };
  const leads = () => {
    leader.current = "preview";
  };
  const frameKind = previewOf(path);
  if (text === null) return <div className="live-preview" />;
  if (text.length > MAX_CHARACTERS) {
    return <p className="live-preview viewer-note">This text is too long to be drawn while it is edited.</p>;
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hears which of the two parts is moved
    <div className="live-side" onPointerEnter={leads} onWheel={leads} onKeyDown={leads}>
      {JSON_TEXT.test(path) ? (
        <JsonPreview path={path} text={text} />
      ) : RESTRUCTURED.test(path) ? (
        <RestructuredPreview projectId={projectId} path={path} text={text} handle={frame} onShown={drawn} />
      ) : frameKind ? (
        <FramePreview path={path} text={text} kind={frameKind} handle={frame} onShown={drawn} />
      ) : (
        <MarkdownPreview
          projectId={projectId}
          path={path}
          text={text}
          place={place}
          open={open}
          onScroll={followPreview}
          onDrawn={drawn}
        />
      )}
    </div>
  );
}

/** Where the blocks of a preview are, and the lines that they come from. */
function marksOf(place: HTMLElement): Mark[] {
  const origin = place.getBoundingClientRect().top - place.scrollTop;
  return ordered(
    [...place.querySelectorAll("[class*='line-']")].map((element) => ({
      line: Number(/\bline-(\d+)/.exec(element.className)?.[1] ?? 1),
      top: element.getBoundingClientRect().top - origin,
    })),
  );
}
