import { afterEach, describe, expect, it } from "vitest";
import { beginFirstSteps, connectAccount, didFirstStep, parseSettings, type Settings, settings } from "./settings";

afterEach(() => {
  connectAccount({ firstSteps: {} }, null);
  localStorage.clear();
});
const connected = (stored: unknown) => {
  const saved: Settings[] = [];
  connectAccount(stored, (next) => saved.push(next));
  return saved;
};

describe("first steps", () => {
  it("begin with a new account and tick once each, in the account too", () => {
    beginFirstSteps("tutorial");
    const saved = connected({});
    didFirstStep("change");
    didFirstStep("open");
    didFirstStep("change");
    expect(saved.map((one) => one.firstSteps.done)).toEqual([[], ["change"], ["open", "change"]]);
    expect(settings.get().firstSteps.projectId).toBe("tutorial");
  });

  it("are nobody's who did not begin, and not handed on to the next person at this browser", () => {
    beginFirstSteps("tutorial");
    connected({});
    didFirstStep("open");
    const saved = connected({});
    didFirstStep("share");
    expect(saved).toEqual([]);
    expect(settings.get().firstSteps).toEqual({ projectId: "", dismissed: false, done: [] });
  });

  it("survive anything that was stored", () => {
    const { firstSteps } = parseSettings({ firstSteps: { projectId: 7, dismissed: "yes", done: ["open", "fly", 3] } });
    expect(firstSteps).toEqual({ projectId: "", dismissed: false, done: ["open"] });
  });
});
