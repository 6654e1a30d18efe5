import { ChevronDown, ChevronUp, List, ZoomIn, ZoomOut } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { Observable } from "../../net/observable";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { percent } from "../image/zoom";
import type { EditorProps } from "../types";
import { useFileVersion } from "../viewer/use-file-version";
import { useViewerStatus } from "../viewer/use-viewer-status";
import { ViewerBar } from "../viewer/ViewerBar";
import { ViewerProblem } from "../viewer/ViewerProblem";
import { PdfController, type PdfState } from "./controller";
import { Outline } from "./Outline";
import "./pdf.css";

const CLOSED = new Observable<PdfState>({
  pages: 0,
  page: 1,
  scale: 1,
  outline: [],
  found: null,
  problem: null,
  locked: null,
});

/** A PDF: its pages are read and drawn as they come into view. */
export default function PdfViewer({ projectId, path, active, onStatus }: EditorProps) {
  const [version, again] = useFileVersion(projectId, path);
  const container = useRef<HTMLDivElement>(null);
  const [pdf, setPdf] = useState<PdfController | null>(null);
  const state = useObservable(pdf?.state ?? CLOSED);
  const [contents, setContents] = useState(false);
  const findField = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!container.current) return;
    const made = new PdfController(projectId, path, container.current);
    setPdf(made);
    return () => made.close();
  }, [projectId, path]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: opened again when the file was written
  useEffect(() => void pdf?.open(), [pdf, version]);
  const ready = state.pages > 0;
  useEffect(() => {
    if (active && ready) container.current?.focus({ preventScroll: true });
  }, [active, ready]);
  useViewerStatus(onStatus, "PDF, read only", ready ? `Page ${state.page} of ${state.pages}` : undefined);
  const failed = state.problem !== null && !ready;
  const onKeyDown = (event: KeyboardEvent) => {
    const whole = event.ctrlKey || event.metaKey;
    if (whole && event.key === "f") findField.current?.focus();
    else if (event.target instanceof HTMLInputElement || event.altKey || whole) return;
    else if (event.key === "+" || event.key === "=") pdf?.zoom(1);
    else if (event.key === "-") pdf?.zoom(-1);
    else if (event.key === "0") pdf?.setScale("page-width");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="viewer" onKeyDownCapture={onKeyDown}>
      {failed && <ViewerProblem projectId={projectId} path={path} problem={state.problem} onRetry={again} />}
      {!failed && (
        <ViewerBar projectId={projectId} path={path} label="PDF">
          {state.outline.length > 0 && (
            <IconButton label="Contents" aria-pressed={contents} onPress={() => setContents(!contents)}>
              <List aria-hidden />
            </IconButton>
          )}
          <PageField page={state.page} pages={state.pages} onPage={(page) => pdf?.goToPage(page)} />
          <IconButton label="Smaller" shortcut="-" onPress={() => pdf?.zoom(-1)}>
            <ZoomOut aria-hidden />
          </IconButton>
          <span className="image-scale numbers" role="status" aria-label="Zoom">
            {percent(state.scale)}
          </span>
          <IconButton label="Larger" shortcut="+" onPress={() => pdf?.zoom(1)}>
            <ZoomIn aria-hidden />
          </IconButton>
          <Button onPress={() => pdf?.setScale("page-width")}>Fit width</Button>
          <Button onPress={() => pdf?.setScale("page-fit")}>Fit page</Button>
          <Find field={findField} found={state.found} onFind={(text, backward) => pdf?.find(text, backward)} />
        </ViewerBar>
      )}
      {state.problem !== null && ready && (
        <p className="viewer-note" role="status">
          {String(state.problem)}
        </p>
      )}
      {state.locked && <Password again={state.locked === "again"} onPassword={(text) => pdf?.unlock(text)} />}
      {!ready && !failed && !state.locked && <Skeleton lines={10} label="Opening the PDF" />}
      <div className="viewer-body pdf-body" hidden={failed}>
        {contents && state.outline.length > 0 && <Outline items={state.outline} onGo={(item) => pdf?.goTo(item)} />}
        <div className="pdf-place">
          {/* biome-ignore lint/a11y/useSemanticElements: the library takes a div and nothing else */}
          <div
            ref={container}
            className="pdf-container"
            role="region"
            aria-label={`Pages of ${path}`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
            tabIndex={0}
          >
            <div className="pdfViewer" />
          </div>
        </div>
      </div>
    </div>
  );
}

function PageField({ page, pages, onPage }: { page: number; pages: number; onPage(page: number): void }) {
  const id = useId();
  const [text, setText] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = Number(text);
    if (text !== null && Number.isInteger(wanted) && wanted > 0) onPage(wanted);
    setText(null);
  };
  return (
    <form className="viewer-field" onSubmit={submit}>
      <label htmlFor={id}>Page</label>
      <input
        id={id}
        className="input pdf-page-field numbers"
        inputMode="numeric"
        autoComplete="off"
        value={text ?? String(page)}
        onChange={(event) => setText(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={() => setText(null)}
      />
      <span className="numbers">of {pages.toLocaleString("en")}</span>
    </form>
  );
}

interface FindProps {
  field: React.RefObject<HTMLInputElement | null>;
  found: PdfState["found"];
  onFind(text: string, backward: boolean): void;
}

function Find({ field, found, onFind }: FindProps) {
  const id = useId();
  const [text, setText] = useState("");
  return (
    <span className="viewer-field">
      <label htmlFor={id}>Find</label>
      <input
        id={id}
        ref={field}
        className="input"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          onFind(event.currentTarget.value, false);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") onFind(text, event.shiftKey);
        }}
      />
      <IconButton label="Previous place" isDisabled={text === ""} onPress={() => onFind(text, true)}>
        <ChevronUp aria-hidden />
      </IconButton>
      <IconButton label="Next place" isDisabled={text === ""} onPress={() => onFind(text, false)}>
        <ChevronDown aria-hidden />
      </IconButton>
      <span className="secondary numbers" role="status" aria-label="Found">
        {found && (found.total > 0 ? `${found.current} of ${found.total}` : found.pending ? "Searching…" : "Not found")}
      </span>
    </span>
  );
}

function Password({ again, onPassword }: { again: boolean; onPassword(text: string): void }) {
  const id = useId();
  const [text, setText] = useState("");
  return (
    <form
      className="editor-place"
      onSubmit={(event) => {
        event.preventDefault();
        onPassword(text);
      }}
    >
      <label htmlFor={id}>
        {again ? "That is not the password of this PDF. Try another one." : "This PDF needs a password."}
      </label>
      <input
        id={id}
        className="input"
        type="password"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" look="primary">
        Open the PDF
      </Button>
    </form>
  );
}
