/** Which panel is open beside the cells; remembered in this browser, for all notebooks. */
import { Observable } from "../../../net/observable";
import { readStored, writeStored } from "../../../store/settings";

export const PANELS = ["outline", "variables", "properties", "console"] as const;
export type Panel = (typeof PANELS)[number];

const KEY = "studium:notebook-panel";

export const openPanel = new Observable<Panel | null>(PANELS.find((panel) => panel === readStored(KEY)) ?? null);
openPanel.subscribe(() => writeStored(KEY, openPanel.get()));

export function togglePanel(panel: Panel): void {
  openPanel.update((open) => (open === panel ? null : panel));
}
