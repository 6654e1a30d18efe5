import { useMemo } from "react";
import { useObservable } from "../../store/react";
import type { EditorProps } from "../types";
import { useFileVersion } from "../viewer/use-file-version";
import { ParquetFile } from "./parquet-file";
import { TableView } from "./TableView";

/** A Parquet file as a table. */
export default function ParquetViewer(props: EditorProps) {
  const { projectId, path } = props;
  const [version, again] = useFileVersion(projectId, path);
  const source = useMemo(() => {
    void version; // another one each time that the file was written
    return new ParquetFile(projectId, path);
  }, [projectId, path, version]);
  const { rows, columns, groups } = useObservable(source.state);
  const about = `${rows.toLocaleString("en")} rows × ${columns.toLocaleString("en")} · Parquet, ${groups} row ${groups === 1 ? "group" : "groups"}`;
  return <TableView props={props} source={source} about={about} onRetry={again} />;
}
