import { type RefObject, useEffect, useImperativeHandle, useRef, useState } from "react";
import { session } from "../../store/session";
import type { FrameAnswer, FrameMessage, PreviewKind } from "../preview/kinds";

export interface FrameHandle {
  /** Scrolls what is shown to a share of its height, from 0 to 1. */
  scrollTo(share: number): void;
}

interface FramePreviewProps {
  path: string;
  text: string;
  kind: PreviewKind;
  handle: RefObject<FrameHandle | null>;
  onShown(): void;
}

/** Typing draws it anew when one stops for so long: each time is another document. */
const REST_MS = 400;
/** Hears the page, which is two frames above it, say how far to scroll. */
const SCROLLER = `<script>addEventListener("message", (event) => {
  const share = event.data?.studiumScroll;
  if (typeof share === "number") scrollTo(0, share * (document.documentElement.scrollHeight - innerHeight));
});</script>`;

/** HTML and SVG as they look: in the content frame, where they have no origin, no cookie and no network. */
export function FramePreview({ path, text, kind, handle, onShown }: FramePreviewProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, setReady] = useState(0);
  const [failed, setFailed] = useState(false);
  const first = useRef(true);
  const shown = useRef(onShown);
  shown.current = onShown;
  const name = path.slice(path.lastIndexOf("/") + 1);
  useEffect(() => {
    const hear = (event: MessageEvent<FrameAnswer>) => {
      if (event.source !== frame.current?.contentWindow) return;
      if (event.data?.type === "ready") setReady((times) => times + 1);
      if (event.data?.type === "failed") setFailed(true);
      if (event.data?.type === "shown") {
        setFailed(false);
        shown.current();
      }
    };
    window.addEventListener("message", hear);
    return () => window.removeEventListener("message", hear);
  }, []);
  useEffect(() => {
    if (ready === 0) return;
    const timer = setTimeout(
      () => {
        first.current = false;
        const bytes = new TextEncoder().encode(kind === "html" ? text + SCROLLER : text).buffer;
        const message: FrameMessage = { kind, bytes, name };
        // The frame's origin is opaque, so no other target can be named; it is our own page in there.
        frame.current?.contentWindow?.postMessage(message, "*", [bytes]);
      },
      first.current ? 0 : REST_MS,
    );
    return () => clearTimeout(timer);
  }, [ready, text, kind, name]);
  useImperativeHandle(handle, () => ({
    scrollTo: (share) => frame.current?.contentWindow?.[0]?.postMessage({ studiumScroll: share }, "*"),
  }));
  return (
    <div className="live-preview">
      {failed && (
        <p className="viewer-note" role="status">
          {name} cannot be drawn as it is now.
        </p>
      )}
      <iframe
        ref={frame}
        title={`Preview of ${name}`}
        sandbox="allow-scripts"
        referrerPolicy="no-referrer"
        src={`${session.get()?.site.content_origin ?? ""}/frame`}
      />
    </div>
  );
}
