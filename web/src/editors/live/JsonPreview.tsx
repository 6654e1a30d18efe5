import { useMemo } from "react";
import { JSON_LINES, whyNot } from "../json";
import { JsonView } from "../json/JsonView";
import { parse } from "../json/tree";

/** The tree of a text of JSON, as it is typed; while it is none, why. */
export function JsonPreview({ path, text }: { path: string; text: string }) {
  const read = useMemo(() => {
    try {
      return { value: parse(text, JSON_LINES.test(path)) };
    } catch (error) {
      return { problem: whyNot(path, error) };
    }
  }, [path, text]);
  return (
    <div className="live-preview">
      {read.problem === undefined ? (
        <JsonView path={path} value={read.value} active={false} />
      ) : (
        <p className="viewer-note" role="status">
          {read.problem}
        </p>
      )}
    </div>
  );
}
