import { type FormEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { PHONE, useMedia } from "../../ui/use-media";
import { type ListHandle, VirtualList } from "../../ui/VirtualList";
import { bytesWords as sizeWords } from "../notebook/kernel-words";
import type { EditorProps } from "../types";
import { CHUNK_BYTES, FileChanged, FileRanges } from "../viewer/ranges";
import { useFileVersion } from "../viewer/use-file-version";
import { useViewerStatus } from "../viewer/use-viewer-status";
import { EditAsText, ViewerBar } from "../viewer/ViewerBar";
import { ViewerProblem } from "../viewer/ViewerProblem";
import { hexLine, offsetDigits, parseOffset } from "./lines";
import { kindOfBytes } from "./sniff";
import "./hex.css";

const ROW_HEIGHT = 20;

/** The bytes of a file of any kind and size. Only those in view are read. */
export default function HexViewer(props: EditorProps) {
  const { projectId, path } = props;
  const [version, again] = useFileVersion(projectId, path);
  const file = useMemo(() => {
    void version; // another file each time that it was written
    return new FileRanges(projectId, path);
  }, [projectId, path, version]);
  const [size, setSize] = useState<number | null>(null);
  const [head, setHead] = useState<Uint8Array>(new Uint8Array());
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    let gone = false;
    Promise.all([file.size(), file.chunk(0)]).then(
      ([bytes, first]) => {
        if (gone) return;
        setSize(bytes);
        setHead(first);
        setProblem(null);
      },
      (error: unknown) => !gone && setProblem(error),
    );
    return () => {
      gone = true;
      file.close();
    };
  }, [file]);
  useViewerStatus(props.onStatus, "Bytes, read only");
  if (problem !== null) {
    return <ViewerProblem projectId={projectId} path={path} problem={problem} onRetry={again} />;
  }
  return (
    <div className="viewer">
      {size !== null && <Lines {...props} file={file} size={size} kind={kindOfBytes(head)} onChanged={again} />}
    </div>
  );
}

interface LinesProps extends EditorProps {
  file: FileRanges;
  size: number;
  /** What the first bytes say. */
  kind: string | null;
  onChanged(): void;
}

function Lines({ projectId, path, active, mayEdit, file, size, kind, onChanged }: LinesProps) {
  const width = useMedia(PHONE) ? 8 : 16;
  const digits = offsetDigits(size);
  const list = useRef<ListHandle>(null);
  const [range, setRange] = useState({ first: 0, last: 0 });
  const chunks = useChunks(file, range.first * width, (range.last + 1) * width, onChanged);
  const cells = (row: number) => {
    const at = row * width;
    const bytes = chunks(at, Math.min(width, size - at));
    const line = bytes && hexLine(bytes, width);
    return [
      { className: "hex-offset", content: at.toString(16).padStart(digits, "0"), header: true },
      { className: "hex-bytes", content: line?.hex ?? "…" },
      { className: "hex-text", content: line?.text },
    ];
  };
  const about = [sizeWords(size), kind].filter(Boolean).join(" · ");
  return (
    <>
      <ViewerBar projectId={projectId} path={path} label="Bytes" about={about}>
        <GoTo
          size={size}
          onOffset={(offset) => {
            list.current?.goTo(Math.floor(offset / width), "start");
            list.current?.focus();
          }}
        />
        <EditAsText path={path} mayEdit={mayEdit} />
      </ViewerBar>
      {size === 0 && <p className="viewer-note">This file is empty.</p>}
      <div className="viewer-body">
        <VirtualList
          ref={list}
          label={`Bytes of ${path}`}
          count={Math.ceil(size / width)}
          rowHeight={ROW_HEIGHT}
          className="hex"
          rowClassName="hex-row"
          cells={cells}
          active={active}
          onRange={(first, last) => setRange({ first, last: Math.max(first, last) })}
        />
      </div>
    </>
  );
}

interface GoToProps {
  size: number;
  onOffset(offset: number): void;
}

function GoTo({ size, onOffset }: GoToProps) {
  const id = useId();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const offset = parseOffset(text);
    setWrong(offset === null || offset >= Math.max(1, size));
    if (offset !== null && offset < size) onOffset(offset);
  };
  return (
    <form className="viewer-field" onSubmit={submit}>
      <label htmlFor={id}>Go to offset</label>
      <input
        id={id}
        className="input"
        placeholder="0x1000"
        autoComplete="off"
        spellCheck={false}
        value={text}
        aria-invalid={wrong}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {wrong && (
        <span role="alert" className="secondary">
          {parseOffset(text) === null ? "Write 4096 or 0x1000." : `The last byte is ${Math.max(0, size - 1)}.`}
        </span>
      )}
    </form>
  );
}

/** Reads what is in view; answers bytes that have come, and null for those that have not. */
function useChunks(
  file: FileRanges,
  from: number,
  to: number,
  onChanged: () => void,
): (at: number, length: number) => Uint8Array | null {
  const [have, setHave] = useState<{ file: FileRanges; chunks: ReadonlyMap<number, Uint8Array> }>();
  const first = Math.floor(from / CHUNK_BYTES);
  const last = Math.max(first, Math.floor(Math.max(0, to - 1) / CHUNK_BYTES));
  const changed = useRef(onChanged);
  changed.current = onChanged;
  useEffect(() => {
    let gone = false;
    const wanted = [first, ...(last > first ? [last] : [])];
    Promise.all(wanted.map((number) => file.chunk(number))).then(
      (read) => {
        if (!gone)
          setHave({ file, chunks: new Map(wanted.map((number, index) => [number, read[index] as Uint8Array])) });
      },
      (error: unknown) => {
        if (!gone && error instanceof FileChanged) changed.current();
      },
    );
    return () => {
      gone = true;
    };
  }, [file, first, last]);
  return (at, length) => {
    if (have?.file !== file) return null;
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; ) {
      const number = Math.floor((at + index) / CHUNK_BYTES);
      const chunk = have.chunks.get(number);
      if (!chunk) return null;
      const start = at + index - number * CHUNK_BYTES;
      const part = chunk.subarray(start, start + length - index);
      if (part.length === 0) return bytes.subarray(0, index);
      bytes.set(part, index);
      index += part.length;
    }
    return bytes;
  };
}
