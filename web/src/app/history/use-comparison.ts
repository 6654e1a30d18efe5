import { useMemo } from "react";
import type { ShownVersion } from "../../store/document-history";
import { type Comparison, compareTexts } from "../../sync/hunks";
import type { HistoryPlace } from "../routes";
import type { Side } from "./marks";
import type { LiveDocument } from "./use-live";

/** The version on the screen beside another text. */
export interface ShownComparison extends Comparison {
  /** The same while the same version is compared in the same way. */
  key: string;
  /** Which of the two is on the screen. */
  side: Side;
  /** The version that the older text is: what a part is restored to. */
  olderVersion: number;
  /** The other text, in words. */
  other: string;
}

export function useComparison(
  shown: ShownVersion | null,
  compare: HistoryPlace["compare"],
  live: LiveDocument,
): ShownComparison | null {
  const { document, edited } = live;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the live text is another after `edited` has counted up
  return useMemo(() => {
    if (shown === null) return null;
    const { version, text, base } = shown;
    if (compare === "now") {
      if (!document?.client.ready) return null;
      const now = document.client.text.toString();
      const key = `${version} now`;
      return { key, ...compareTexts(text, now), side: "older", olderVersion: version, other: "the text now" };
    }
    const key = `${version} ${base.version}`;
    const other = versionName(base.version);
    return base.version > version
      ? { key, ...compareTexts(text, base.text), side: "older", olderVersion: version, other }
      : { key, ...compareTexts(base.text, text), side: "newer", olderVersion: base.version, other };
  }, [shown, compare, document, document?.client.ready, edited]);
}

export function versionName(version: number): string {
  return version === 0 ? "the empty text" : `version ${version.toLocaleString("en")}`;
}

/** Characters that only the shown text has, and that only the other one has. */
export function sizeOf({ edits, side }: ShownComparison): { here: number; there: number } {
  const added = edits.reduce((sum, edit) => sum + edit.insert.length, 0);
  const removed = edits.reduce((sum, edit) => sum + edit.to - edit.from, 0);
  return side === "newer" ? { here: added, there: removed } : { here: removed, there: added };
}

/** How much of a text is told. */
const MAX_TOLD = 80;

/** A change in words, for those who do not see its marks. */
export function changeInWords(comparison: ShownComparison, index: number): string {
  const hunk = comparison.hunks[index];
  if (!hunk) return "";
  const [older, newer] = [
    told(comparison.older.slice(hunk.older.from, hunk.older.to)),
    told(comparison.newer.slice(hunk.newer.from, hunk.newer.to)),
  ];
  if (older === "") return `added ${newer}`;
  return newer === "" ? `removed ${older}` : `${older} became ${newer}`;
}

/** The line that a change begins in, counted from 1. */
export function lineOf({ side, hunks, ...texts }: ShownComparison, index: number): number {
  return texts[side].slice(0, hunks[index]?.[side].from ?? 0).split("\n").length;
}

/** A text in few words. */
export function told(text: string): string {
  const words = text.trim().replaceAll(/\s+/g, " ");
  if (text === "") return "";
  if (words === "") return "white space";
  return words.length > MAX_TOLD ? `“${words.slice(0, MAX_TOLD)}…”` : `“${words}”`;
}
