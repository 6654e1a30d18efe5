import { type ReactNode, useMemo } from "react";
import type { Edit } from "../../../sync/difference";
import { useColours } from "./highlight";
import { type Piece, piecesOf } from "./pieces";

interface MarkedTextProps {
  text: string;
  /** The text that it came from by the edits; none: nothing is marked. */
  from?: { text: string; edits: readonly Edit[] } | null;
  /** All of it is only here, or is not here. */
  whole?: "added" | "removed" | null;
  language: string;
  /** Near to the view: worth its colours. */
  near: boolean;
}

/** Code, with what differs from another text marked in it. */
export function MarkedText({ text, from = null, whole = null, language, near }: MarkedTextProps) {
  const colours = useColours(text, language, near);
  const pieces = useMemo(() => piecesOf(from?.text ?? text, from?.edits ?? [], text, colours), [text, from, colours]);
  const drawn = pieces.map(({ text, mark, classes }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no name but their place
    <Marked key={index} as={mark} className={classes}>
      {mark === "removed" ? text.replace(/^\n+$/, (breaks) => "↵".repeat(breaks.length)) : text}
    </Marked>
  ));
  return (
    <pre className="cell-static">
      {whole !== null && text !== "" ? <Marked as={whole}>{drawn}</Marked> : drawn}
      {text === "" || text.endsWith("\n") ? "\n" : ""}
    </pre>
  );
}

const TAGS = { same: "span", added: "ins", removed: "del" } as const;

function Marked({ as, className = "", children }: { as: Piece["mark"]; className?: string; children: ReactNode }) {
  const Tag = TAGS[as];
  return <Tag className={as === "same" ? className : `${className} history-${as}`}>{children}</Tag>;
}
