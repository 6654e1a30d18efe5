import { Download, Ellipsis } from "lucide-react";
import type { ReactNode } from "react";
import { commands } from "../../commands/commands";
import { fileAddress } from "../../net/files";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { showWith } from "../open-with";
import { kindsFor } from "../registry";
import "./viewer.css";

interface ViewerBarProps {
  projectId: string;
  path: string;
  label: string;
  /** What the file is, in a few words. */
  about?: ReactNode;
  /** Tools of the viewer. */
  children?: ReactNode;
}

/** Above what a viewer shows: what it is, the tools, and the ways to another editor and to a download. */
export function ViewerBar({ projectId, path, label, about, children }: ViewerBarProps) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return (
    <div className="viewer-bar" role="toolbar" aria-label={label}>
      {about && <span className="viewer-about truncate numbers">{about}</span>}
      <span className="viewer-tools">{children}</span>
      <span className="viewer-ways">
        <a className="icon-button" href={fileAddress(projectId, path)} download={name} title="Download">
          <Download aria-hidden />
          <span className="visually-hidden">Download {name}</span>
        </a>
        <IconButton label="Open with…" onPress={() => commands.run("file.open-with")}>
          <Ellipsis aria-hidden />
        </IconButton>
      </span>
    </div>
  );
}

/** A way to the text of a file that is shown as something else. */
export function EditAsText({ path, mayEdit }: { path: string; mayEdit: boolean }) {
  if (!kindsFor(path).some((kind) => kind.id === "text")) return null;
  return <Button onPress={() => showWith(path, "text")}>{mayEdit ? "Edit as text" : "Show as text"}</Button>;
}
