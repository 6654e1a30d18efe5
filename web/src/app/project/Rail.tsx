import { Files, Search, Settings, Users } from "lucide-react";
import { useKeyOf } from "../../commands/react";
import { useObservable } from "../../store/react";
import { IconButton } from "../../ui/IconButton";
import { navigate } from "../navigation";
import { openPalette } from "../palette-state";
import { projectUrl } from "../routes";
import { useProject } from "./context";

/** The panels, at the left; on a phone the bar at the bottom. */
export function Rail() {
  const { workspace, projectId, path } = useProject();
  const side = useObservable(workspace.sidePanel);
  const right = useObservable(workspace.rightPanel);
  const filesKey = useKeyOf("view.side-panel");
  const findKey = useKeyOf("go.file");
  const peopleKey = useKeyOf("view.people");
  const settingsKey = useKeyOf("go.settings");
  return (
    <nav className="rail" aria-label="Panels">
      <IconButton
        label="Files"
        shortcut={filesKey}
        aria-pressed={side}
        onPress={() => {
          // On a phone the panel is the page: there, Files goes back from a file to the list.
          if (isPhone() && path !== null && side) {
            workspace.active = null;
            navigate(projectUrl(projectId));
          } else if (isPhone()) workspace.sidePanel.set(true);
          else workspace.sidePanel.set(!side);
        }}
      >
        <Files aria-hidden />
      </IconButton>
      <IconButton label="Open a file" shortcut={findKey} onPress={() => openPalette("")}>
        <Search aria-hidden />
      </IconButton>
      <IconButton
        label="People"
        shortcut={peopleKey}
        aria-pressed={right}
        onPress={() => workspace.rightPanel.set(!right)}
      >
        <Users aria-hidden />
      </IconButton>
      <span className="grow" />
      <IconButton label="Settings" shortcut={settingsKey} onPress={() => navigate("/settings")}>
        <Settings aria-hidden />
      </IconButton>
    </nav>
  );
}

export function isPhone(): boolean {
  return matchMedia("(max-width: 640px)").matches;
}
