import { Circle, CircleCheck } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useKeyOf } from "../../commands/react";
import { useObservable } from "../../store/react";
import { changeSettings, didFirstStep, FIRST_STEPS, type FirstStep, settings } from "../../store/settings";
import { Button } from "../../ui/Button";
import { ShownKey } from "../../ui/ShownKey";
import { useProject } from "./context";
import { PanelHead } from "./PanelHead";

/** The five first steps; each ticks itself when it has really been done. */
export function FirstStepsPanel() {
  const { workspace } = useProject();
  const { firstSteps } = useObservable(settings);
  const paletteKey = useKeyOf("palette.commands");
  const newFileKey = useKeyOf("file.new");
  const done = new Set(firstSteps.done);
  const dismiss = () => {
    changeSettings({ firstSteps: { ...firstSteps, dismissed: true } });
    workspace.rightPanel.set(null);
  };
  const steps: Record<FirstStep, { title: string; how: ReactNode }> = {
    open: { title: "Open main.py", how: "Choose it in the list of files." },
    change: { title: "Change a line", how: "Wait until the bar at the bottom says “Saved to disk”." },
    file: {
      title: "Make a new file",
      how: (
        <>
          The button with the plus, above the list of files. <ShownKey shortcut={newFileKey} />
        </>
      ),
    },
    command: {
      title: "Run a command",
      how: (
        <>
          Search at the top of the page, type <b>&gt;</b> and choose one. <ShownKey shortcut={paletteKey} />
        </>
      ),
    },
    share: {
      title: "Share the project",
      how: "Choose “Share” at the top and add somebody who has an account here.",
    },
  };
  return (
    <aside className="right-panel" aria-label="Getting started panel">
      <PanelHead title="Getting started" close="Close getting started" onClose={dismiss} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: where the list scrolls, keys must reach it */}
      <ol className="first-steps" aria-label="First steps" tabIndex={0}>
        {FIRST_STEPS.map((step) => (
          <li key={step} className={`first-step ${done.has(step) ? "done" : ""}`}>
            {done.has(step) ? <CircleCheck aria-hidden /> : <Circle aria-hidden />}
            <div>
              <span className="visually-hidden">{done.has(step) ? "Done: " : "To do: "}</span>
              <span className="first-step-title">{steps[step].title}</span>
              <p className="secondary">{steps[step].how}</p>
            </div>
          </li>
        ))}
      </ol>
      <p className="first-steps-count secondary" role="status">
        {done.size === FIRST_STEPS.length
          ? "All five are done. The rest you find with the palette."
          : `${done.size} of ${FIRST_STEPS.length} done`}
      </p>
      {done.size === FIRST_STEPS.length && (
        <div className="first-steps-act">
          <Button look="primary" onPress={dismiss}>
            Close the list
          </Button>
        </div>
      )}
    </aside>
  );
}

/** Shows the first steps to whoever began here, and sees what is done in the editors. */
export function useFirstSteps(): void {
  const { projectId, workspace, path } = useProject();
  const { firstSteps } = useObservable(settings);
  const mine = firstSteps.projectId === projectId && !firstSteps.dismissed;
  useEffect(() => {
    if (mine && workspace.rightPanelIsNew) workspace.rightPanel.set("first-steps");
  }, [mine, workspace]);
  useEffect(() => {
    if (path === "main.py" && mine) didFirstStep("open");
  }, [path, mine]);
  useEffect(() => {
    const typed = new Set<string>();
    return workspace.statuses.subscribe(() => {
      for (const [file, { save }] of workspace.statuses.get()) {
        if (save.kind === "waiting") typed.add(file);
        else if (save.kind === "disk" && typed.delete(file)) didFirstStep("change");
      }
    });
  }, [workspace]);
}
