import { Clock, Folder, Star, Trash2 } from "lucide-react";
import { Link } from "../navigation";
import { useProject } from "../project/context";
import { type FilesPlace, filesUrl } from "../routes";

const PLACES = [
  { place: { view: "folder", folder: "" }, title: "All files", icon: Folder },
  { place: { view: "recent" }, title: "Recent", icon: Clock },
  { place: { view: "starred" }, title: "Starred", icon: Star },
  { place: { view: "trash" }, title: "Trash", icon: Trash2 },
] as const satisfies readonly { place: FilesPlace; title: string; icon: unknown }[];

/** The lists of files that there are. */
export function Places({ shown }: { shown: FilesPlace["view"] }) {
  const { projectId, info } = useProject();
  return (
    <nav className="file-places" aria-label="Lists of files">
      {PLACES.map(({ place, title, icon: Icon }) => {
        if (place.view === "recent" && info.mode === "single") return null; // which has no tables
        return (
          <Link key={title} href={filesUrl(projectId, place)} aria-current={place.view === shown ? "page" : undefined}>
            <Icon aria-hidden />
            <span>{title}</span>
          </Link>
        );
      })}
    </nav>
  );
}
