import { useObservable } from "../../store/react";
import { onDemand } from "../../ui/on-demand";
import { useProject } from "../project/context";

const Dialogs = onDemand(() => import("./Dialogs"));

/** The questions that acts on files ask. Their code loads with the first. */
export function FileDialogs() {
  const { manager } = useProject();
  const asked = [
    useObservable(manager.whereTo),
    useObservable(manager.toProject),
    useObservable(manager.fetching),
    useObservable(manager.clash),
    useObservable(manager.emptying),
  ];
  if (asked.every((one) => one === null)) return null;
  return <Dialogs />;
}
