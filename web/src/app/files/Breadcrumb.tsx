import { ChevronRight } from "lucide-react";
import { Fragment } from "react";
import { breadcrumb } from "../../store/listing";
import { Link } from "../navigation";
import { useProject } from "../project/context";
import { folderUrl } from "../routes";
import { useFileDrop } from "./drag";

/** Where one is: each part is a link to its folder, and takes what is dropped on it. */
export function Breadcrumb({ folder }: { folder: string }) {
  return (
    <nav className="breadcrumb" aria-label="Folders above">
      {breadcrumb(folder).map((part, index) => (
        <Fragment key={part.path}>
          {index > 0 && <ChevronRight aria-hidden />}
          <Part path={part.path} name={part.name} isLast={part.path === folder} />
        </Fragment>
      ))}
    </nav>
  );
}

function Part({ path, name, isLast }: { path: string; name: string; isLast: boolean }) {
  const { projectId, title } = useProject();
  const { over, drop } = useFileDrop(() => path);
  return (
    <Link
      href={folderUrl(projectId, path)}
      className={`truncate ${over !== null ? "drop-target" : ""}`}
      aria-current={isLast ? "location" : undefined}
      {...drop}
    >
      {name || title}
    </Link>
  );
}
