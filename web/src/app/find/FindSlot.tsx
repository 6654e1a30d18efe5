import { onDemand } from "../../ui/on-demand";

/** The panel, whose code is loaded when it is first shown. */
export const FindSlot = onDemand(
  () => import("./FindPanel"),
  () => <aside className="side-panel" aria-label="Find panel" />,
);
