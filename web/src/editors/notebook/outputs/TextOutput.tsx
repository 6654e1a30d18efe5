import { Fragment, memo, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { Button } from "../../../ui/Button";
import { bytesWords } from "../kernel-words";
import { AnsiText, CHUNK_LINES, type Line, type Span, webAddress } from "./ansi";
import { useInView } from "./in-view";

/** More lines than this are shown in a box of their own, which scrolls. */
const TALL_LINES = 30;
/** More than this cannot be unfolded: the page would become as long as the text. */
const MAX_UNFOLDED_LINES = 3_000;
/** So much text is read at once; more when asked for. */
export const PORTION_CHARACTERS = 2_000_000;
/** Browsers take long to lay out one long line. */
const MAX_LINE = 20_000;

interface TextOutputProps {
  text: string;
  label: string;
  look?: "stderr" | "error" | "plain";
}

/** Text with the colours of a terminal. A long one is shown in a box that scrolls, and follows its end while it grows. */
export function TextOutput({ text, label, look = "plain" }: TextOutputProps) {
  const [portions, setPortions] = useState(1);
  const [unfolded, setUnfolded] = useState(false);
  const limit = portions * PORTION_CHARACTERS;
  const parsed = useAnsi(text.length > limit ? text.slice(0, limit) : text);
  const lines = parsed.lineCount;
  const tall = lines > TALL_LINES;
  const scroller = useRef<HTMLPreElement>(null);
  const isBounded = tall && !unfolded;
  useFollowedEnd(scroller, text, isBounded);
  return (
    <div className={`output-text ${look}`}>
      <pre
        ref={scroller}
        className={isBounded ? "bounded" : ""}
        {...(isBounded ? { tabIndex: 0, role: "group", "aria-label": label } : {})}
      >
        {parsed.chunks.map((chunk, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a chunk is where it is
          <Chunk key={index} lines={chunk} scroller={scroller} deferred={isBounded && index > 1} />
        ))}
      </pre>
      {tall && (
        <p className="output-more">
          <span className="secondary">{lines.toLocaleString("en")} lines</span>
          {lines <= MAX_UNFOLDED_LINES && (
            <Button look="plain" onPress={() => setUnfolded(!unfolded)}>
              {unfolded ? "Show fewer" : "Show all"}
            </Button>
          )}
          {text.length > limit && (
            <Button look="plain" onPress={() => setPortions(portions + 1)}>
              Show more of {bytesWords(text.length)}
            </Button>
          )}
        </p>
      )}
    </div>
  );
}

/** The parsed text; what was read before is not read again when text is added. */
function useAnsi(text: string): AnsiText {
  const read = useRef<{ parsed: AnsiText; text: string } | null>(null);
  if (read.current?.text !== text) {
    const before = read.current;
    if (before && before.text !== "" && text.startsWith(before.text)) {
      before.parsed.feed(text.slice(before.text.length));
      read.current = { parsed: before.parsed, text };
    } else {
      const parsed = new AnsiText();
      parsed.feed(text);
      read.current = { parsed, text };
    }
  }
  return (read.current as { parsed: AnsiText }).parsed;
}

/** Who was at the end of a text that grows sees its end. */
function useFollowedEnd(scroller: React.RefObject<HTMLElement | null>, text: string, on: boolean): void {
  const seen = useRef({ text, height: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !on) return;
    const before = seen.current;
    const grew = before.text !== text && text.startsWith(before.text);
    const wasAtEnd = element.scrollTop + element.clientHeight >= before.height - 4;
    if (grew && wasAtEnd) element.scrollTop = element.scrollHeight;
    seen.current = { text, height: element.scrollHeight };
  });
}

interface ChunkProps {
  lines: readonly Line[];
  scroller: React.RefObject<HTMLElement | null>;
  /** Drawn only once it is near to the view. */
  deferred: boolean;
}

const Chunk = memo(function Chunk({ lines, scroller, deferred }: ChunkProps) {
  const place = useRef<HTMLDivElement>(null);
  const near = useInView(place, scroller);
  if (deferred && !near) return <div ref={place} style={{ height: `${lines.length * 1.25}rem` }} />;
  return (
    <div ref={place} className={lines.length === CHUNK_LINES ? "chunk" : undefined}>
      {drawLines(lines)}
    </div>
  );
});

/** Lines without any style become one text: a browser draws few long texts much faster than many short ones. */
function drawLines(lines: readonly Line[]): ReactNode[] {
  const parts: ReactNode[] = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") parts.push(<Fragment key={parts.length}>{withLinks(plain)}</Fragment>);
    plain = "";
  };
  for (const [index, line] of lines.entries()) {
    let length = 0;
    for (const span of line) {
      const left = MAX_LINE - length;
      length += span.text.length;
      const text = span.text.length > left ? span.text.slice(0, Math.max(0, left)) : span.text;
      if (isPlain(span)) plain += text;
      else if (text !== "") {
        flush();
        parts.push(drawSpan(span, text, parts.length));
      }
    }
    if (length > MAX_LINE) plain += ` … ${(length - MAX_LINE).toLocaleString("en")} characters more`;
    if (index < lines.length - 1 || lines.length === CHUNK_LINES) plain += "\n";
  }
  flush();
  return parts;
}

function isPlain(span: Span): boolean {
  return span.classes === "" && span.href === undefined;
}

function drawSpan(span: Span, text: string, key: number): ReactNode {
  const style: Record<string, string> = {
    ...(span.style.color ? { "--ansi-fg": span.style.color } : {}),
    ...(span.style.background ? { "--ansi-bg": span.style.background } : {}),
  };
  return (
    <span key={key} className={span.classes} style={style}>
      {span.href ? <Link href={span.href}>{text}</Link> : withLinks(text)}
    </span>
  );
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`|\\^{}]+[^\s<>"'`|\\^{}.,;:!?)\]]/g;

function withLinks(text: string): ReactNode {
  if (!text.includes("://")) return text;
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    if (!webAddress(match[0])) continue;
    parts.push(text.slice(from, match.index), <Link href={match[0]} key={match.index} />);
    from = match.index + match[0].length;
  }
  return from === 0 ? text : [...parts, text.slice(from)];
}

function Link({ href, children = href }: { href: string; children?: string }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
