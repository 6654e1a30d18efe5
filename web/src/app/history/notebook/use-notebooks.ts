import { useMemo, useRef } from "react";
import type { ShownVersion } from "../../../store/document-history";
import { EMPTY_VERSION, type NotebookVersion, readVersion, sharing, versionOf } from "../../../sync/notebook/version";
import type { HistoryPlace } from "../../routes";
import { liveFormat } from "../body";
import type { LiveDocument } from "../use-live";
import type { ShownNotebooks } from "./cell-rows";

/** The version on the screen beside the other one; null until both are there. */
export function useNotebooks(
  version: ShownVersion | null,
  compare: HistoryPlace["compare"],
  live: LiveDocument,
  isNewest: boolean,
): ShownNotebooks | null {
  const { document, edited } = live;
  const last = useRef<NotebookVersion>(EMPTY_VERSION);
  const shown = useMemo(() => {
    if (version === null) return null;
    last.current = sharing(readVersion(version.text), last.current);
    return last.current;
  }, [version]);
  const ready = liveFormat(live) === "notebook";
  // biome-ignore lint/correctness/useExhaustiveDependencies: the live notebook is another after `edited` has counted up
  return useMemo(() => {
    if (version === null || shown === null) return null;
    if (compare === "now") {
      if (!ready || !document) return null;
      const other = sharing(versionOf(document.client.doc), shown);
      return {
        key: `${version.version} now`,
        shown,
        other,
        side: "older",
        otherName: "the notebook now",
        now: "other",
      };
    }
    const { base } = version;
    const other = base.text === version.text ? shown : sharing(readVersion(base.text), shown);
    return {
      key: `${version.version} ${base.version}`,
      shown,
      other,
      side: base.version > version.version ? "older" : "newer",
      otherName: notebookVersionName(base.version),
      now: isNewest ? "shown" : null,
    };
  }, [version, shown, compare, document, ready, isNewest, compare === "now" ? edited : 0]);
}

export function notebookVersionName(version: number): string {
  return version === 0 ? "the empty notebook" : `version ${version.toLocaleString("en")}`;
}
