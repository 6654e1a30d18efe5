import { X } from "lucide-react";
import type { KeyboardEvent } from "react";
import { useObservable } from "../../../store/react";
import { IconButton } from "../../../ui/IconButton";
import { useNotebook } from "../context";
import { Console } from "./Console";
import { Outline } from "./Outline";
import { Properties } from "./Properties";
import { openPanel, type Panel } from "./panel-state";
import { Variables } from "./Variables";
import "./panel.css";

const TITLES: Record<Panel, string> = {
  outline: "Outline",
  variables: "Variables",
  properties: "Cell properties",
  console: "Console",
};

/** What is open beside the cells; a sheet over them on a phone. */
export function NotebookPanel() {
  const { session } = useNotebook();
  const open = useObservable(openPanel);
  if (open === null) return null;
  const close = () => {
    openPanel.set(null);
    session.command();
  };
  // Escape leads back to the cells, from wherever one is in it.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    session.command();
  };
  return (
    <aside className={`notebook-panel ${open}`} aria-label={TITLES[open]} onKeyDown={onKeyDown}>
      <div className="panel-head">
        <h2 className="panel-title">{TITLES[open]}</h2>
        <IconButton label={`Close ${TITLES[open].toLowerCase()}`} onPress={close}>
          <X aria-hidden />
        </IconButton>
      </div>
      <div className="notebook-panel-body">
        {open === "outline" && <Outline />}
        {open === "variables" && <Variables />}
        {open === "console" && <Console />}
        {open === "properties" && <Properties />}
      </div>
    </aside>
  );
}
