import { useEffect, useMemo, useState } from "react";
import { useObservable } from "../../store/react";
import { Select } from "../../ui/Select";
import type { EditorProps } from "../types";
import { useFileVersion } from "../viewer/use-file-version";
import { EditAsText } from "../viewer/ViewerBar";
import { DelimitedFile, type Dialect } from "./delimited-file";
import { TableView } from "./TableView";

type Delimiter = "," | ";" | "\t" | "|";
const DELIMITERS: readonly { value: Delimiter; label: string }[] = [
  { value: ",", label: "Comma" },
  { value: ";", label: "Semicolon" },
  { value: "\t", label: "Tab" },
  { value: "|", label: "Vertical bar" },
];

/** Delimited text of any size as a table. */
export default function TableViewer(props: EditorProps) {
  const { projectId, path, mayEdit } = props;
  const [version, again] = useFileVersion(projectId, path);
  const [dialect, setDialect] = useState<Dialect>({});
  const source = useMemo(() => new DelimitedFile(projectId, path, dialect), [projectId, path, dialect]);
  useEffect(() => {
    if (version > 0) source.start(); // it was written: what is the same stays
  }, [source, version]);
  const { rows, columns, complete, share, delimiter, header, replaced } = useObservable(source.state);
  const count = `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
  const about = `${count} × ${columns.toLocaleString("en")}${complete ? "" : ` · counting, ${Math.floor(100 * share)} %`}`;
  return (
    <TableView
      props={props}
      source={source}
      about={about}
      note={replaced ? "Some bytes are not UTF-8 text; they are shown as �." : ""}
      onRetry={again}
    >
      <Select
        label="Delimiter"
        hideLabel
        value={delimiter as Delimiter}
        choices={DELIMITERS}
        onChange={(next: Delimiter) => setDialect({ ...dialect, delimiter: next })}
      />
      <label className="viewer-field">
        <input
          type="checkbox"
          checked={header}
          onChange={(event) => setDialect({ ...dialect, header: event.currentTarget.checked })}
        />
        First row is a header
      </label>
      <EditAsText path={path} mayEdit={mayEdit} />
    </TableView>
  );
}
