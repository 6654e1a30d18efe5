import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { session } from "../../../store/session";
import { Button } from "../../../ui/Button";
import type { FrameItem, FromFrame } from "./frame/protocol";
import { useLiving } from "./frame-budget";
import { FrameHost } from "./frame-host";

/** Higher than this a frame scrolls. */
const MAX_HEIGHT = 2_000;
const FIRST_HEIGHT = 40;

/** The heights that frames had last, so that nothing jumps when one is made again. */
const heights = new Map<string, number>();

export interface OutputFrameProps {
  /** Names the frame in this page, for as long as it is open. */
  id: string;
  title: string;
  items: readonly FrameItem[];
  onHost?(host: FrameHost | null): void;
  onRunning?(host: FrameHost): void;
  onMessage?(message: FromFrame): void;
}

/**
 * Draws outputs that may hold scripts, in a frame whose origin is opaque: it has no cookie and no token, reaches no network and
 * nothing of this page. It is made when it comes near to the view, and stays unless there are many (`frame-budget.ts`).
 */
export function OutputFrame(props: OutputFrameProps) {
  const place = useRef<HTMLDivElement>(null);
  const living = useLiving(place);
  const [problem, setProblem] = useState<string | null>(null);
  const [height, setHeight] = useState(heights.get(props.id) ?? FIRST_HEIGHT);
  const [link, setLink] = useState<string | null>(null);
  const running = useRef(false);
  const [drawn, setDrawn] = useState(false);
  const shown = living && problem === null;
  useEffect(() => {
    if (shown) return;
    running.current = false;
    setDrawn(false);
  }, [shown]);
  return (
    <div
      ref={place}
      className="output-frame"
      style={{ minHeight: problem === null ? height : 0 }}
      aria-busy={shown && !drawn}
    >
      {problem !== null && (
        <div className="output-problem" role="status">
          <p>{problem}</p>
          <Button onPress={() => setProblem(null)}>Show it again</Button>
        </div>
      )}
      {shown && (
        <Living
          {...props}
          height={height}
          onHeight={(told) => {
            const next = Math.max(0, Math.min(MAX_HEIGHT, Math.ceil(told)));
            heights.set(props.id, next);
            setHeight(next);
            setDrawn(running.current);
          }}
          onRunning={(host) => {
            running.current = true;
            props.onRunning?.(host);
          }}
          onLink={setLink}
          onProblem={setProblem}
        />
      )}
      {link !== null && (
        <p className="output-link" role="status">
          This output links to{" "}
          <a href={link} target="_blank" rel="noopener noreferrer">
            {link}
          </a>
        </p>
      )}
    </div>
  );
}

interface LivingProps extends OutputFrameProps {
  height: number;
  onHeight(height: number): void;
  onLink(url: string): void;
  onProblem(sentence: string): void;
}

function Living(props: LivingProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const host = useRef<FrameHost | null>(null);
  const newest = useRef(props);
  newest.current = props;
  // Before the frame can say that it is ready.
  useLayoutEffect(() => {
    const inner = frame.current?.contentWindow;
    if (!inner) return;
    const made = new FrameHost(inner, {
      onHeight: (height) => newest.current.onHeight(height),
      onLink: (url) => newest.current.onLink(url),
      onProblem: (sentence) => newest.current.onProblem(sentence),
      onMessage: (message) => newest.current.onMessage?.(message),
      onRunning: () => newest.current.onRunning?.(made),
    });
    host.current = made;
    newest.current.onHost?.(made);
    return () => {
      made.stop();
      host.current = null;
      newest.current.onHost?.(null);
    };
  }, []);
  useEffect(() => host.current?.draw(props.items), [props.items]);
  return (
    <iframe
      ref={frame}
      title={props.title}
      sandbox="allow-scripts"
      referrerPolicy="no-referrer"
      style={{ height: props.height }}
      src={`${session.get()?.site.content_origin ?? ""}/frame`}
    />
  );
}
