import { Files, History, LayoutList, ListChecks, ScrollText, Search, Settings, Users } from "lucide-react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import { useObservable } from "../../store/react";
import { settings } from "../../store/settings";
import { IconButton } from "../../ui/IconButton";
import { PHONE, useMedia } from "../../ui/use-media";
import { navigate } from "../navigation";
import { projectUrl } from "../routes";
import { useProject } from "./context";

/** The panels, at the left; on a phone the bar at the bottom. */
export function Rail() {
  const { info, workspace, projectId, path, history, shownFiles } = useProject();
  const side = useObservable(workspace.sidePanel);
  const view = useObservable(workspace.sideView);
  const right = useObservable(workspace.rightPanel);
  const { firstSteps } = useObservable(settings);
  const phone = useMedia(PHONE);
  const filesKey = useKeyOf("view.side-panel");
  const listKey = useKeyOf("view.files");
  const findKey = useKeyOf("find.open");
  const peopleKey = useKeyOf("view.people");
  const logKey = useKeyOf("view.log");
  const historyKey = useKeyOf("view.history");
  const settingsKey = useKeyOf("go.settings");
  return (
    <nav className="rail" aria-label="Panels">
      <IconButton
        label="Files"
        shortcut={filesKey}
        aria-pressed={view === "files" && (phone ? path === null && history === null : side)}
        onPress={() => {
          workspace.sidePanel.set(phone || !side || view !== "files");
          workspace.sideView.set("files");
          // On a phone the list is a page of its own: Files goes back to it.
          if (!phone) return;
          workspace.show(null);
          navigate(projectUrl(projectId));
        }}
      >
        <Files aria-hidden />
      </IconButton>
      {!phone && (
        <IconButton
          label="File list"
          shortcut={listKey}
          aria-pressed={shownFiles !== null}
          onPress={() => commands.run("view.files")}
        >
          <LayoutList aria-hidden />
        </IconButton>
      )}
      <IconButton
        label="Find in files"
        shortcut={findKey}
        aria-pressed={side && view === "find"}
        onPress={() => {
          if (side && view === "find") workspace.sidePanel.set(false);
          else commands.run("find.open");
        }}
      >
        <Search aria-hidden />
      </IconButton>
      <IconButton
        label="People"
        shortcut={peopleKey}
        aria-pressed={right === "people"}
        onPress={() => workspace.rightPanel.set(right === "people" ? null : "people")}
      >
        <Users aria-hidden />
      </IconButton>
      {info.mode === "multi" && (
        <IconButton
          label="Log"
          shortcut={logKey}
          aria-pressed={right === "log"}
          onPress={() => workspace.rightPanel.set(right === "log" ? null : "log")}
        >
          <ScrollText aria-hidden />
        </IconButton>
      )}
      {(path !== null || history !== null) && (
        <IconButton
          label="History"
          shortcut={historyKey}
          aria-pressed={history !== null}
          onPress={() => commands.run("view.history")}
        >
          <History aria-hidden />
        </IconButton>
      )}
      {firstSteps.projectId === projectId && !firstSteps.dismissed && (
        <IconButton
          label="Getting started"
          aria-pressed={right === "first-steps"}
          onPress={() => workspace.rightPanel.set(right === "first-steps" ? null : "first-steps")}
        >
          <ListChecks aria-hidden />
        </IconButton>
      )}
      <span className="grow" />
      <IconButton label="Settings" shortcut={settingsKey} onPress={() => navigate("/settings")}>
        <Settings aria-hidden />
      </IconButton>
    </nav>
  );
}
