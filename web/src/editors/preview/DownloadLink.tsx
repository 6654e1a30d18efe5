import { Download } from "lucide-react";
import { fileUrl } from "./kinds";

/** A link that downloads the file. */
export function DownloadLink({ projectId, path }: { projectId: string; path: string }) {
  return (
    <a className="button normal" href={fileUrl(projectId, path)} download={path.slice(path.lastIndexOf("/") + 1)}>
      <Download aria-hidden />
      Download
    </a>
  );
}
