import { useEffect } from "react";
import { useObservable } from "../../store/react";
import { useProject } from "../project/context";
import { NameRow } from "../project/NameRow";
import type { FilesPlace } from "../routes";
import { Breadcrumb } from "./Breadcrumb";
import { CommandLine } from "./CommandLine";
import { folderOfRow, useFileDrop } from "./drag";
import { FolderList } from "./FolderList";
import { MarkedList } from "./MarkedList";
import { NewMenu } from "./NewMenu";
import { Places } from "./Places";
import { SelectionBar } from "./SelectionBar";
import { TrashList } from "./TrashList";
import "./files.css";

/** The files over the whole width: a folder as a list, recent and starred files, the trash. */
export default function FilesView({ place }: { place: FilesPlace }) {
  return (
    <section className="files-view" aria-label="Files view">
      {place.view === "folder" ? <FolderView key={place.folder} folder={place.folder} /> : <OtherView place={place} />}
    </section>
  );
}

function FolderView({ folder }: { folder: string }) {
  const { manager, mayEdit } = useProject();
  const { over, drop } = useFileDrop((event) => folderOfRow(event.target, folder));
  useEffect(() => {
    manager.folder = folder;
    return () => {
      manager.folder = null;
      manager.clear();
    };
  }, [manager, folder]);
  return (
    <div className={`files-body ${over !== null ? "drop-target" : ""}`} {...drop}>
      <div className="files-head">
        <Breadcrumb folder={folder} />
        {mayEdit && <NewMenu folder={folder} />}
      </div>
      {mayEdit && <CommandLine folder={folder} />}
      <FolderList folder={folder} over={over} />
      {over !== null && <p className="drop-hint">To {over === "" ? "the project" : `“${over}”`}</p>}
    </div>
  );
}

function OtherView({ place }: { place: Exclude<FilesPlace, { view: "folder" }> }) {
  const { manager } = useProject();
  const { paths } = useObservable(manager.selection);
  useEffect(() => () => manager.clear(), [manager]);
  return (
    <div className="files-body">
      <div className="files-head">
        {place.view !== "trash" && paths.size > 0 ? <SelectionBar /> : <Places shown={place.view} />}
      </div>
      <NameRow place="list" />
      {place.view === "trash" ? <TrashList /> : <MarkedList which={place.view} />}
    </div>
  );
}
