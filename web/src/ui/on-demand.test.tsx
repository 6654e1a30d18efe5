import { act, Component, type ComponentType, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";
import { onDemand } from "./on-demand";

vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);

interface Named {
  name: string;
}
const Real = ({ name }: Named) => <b>{name}</b>;
const standIn = ({ name }: Named) => <i>{name} comes</i>;

class Boundary extends Component<{ children: ReactNode }> {
  override state = { message: "" };
  static getDerivedStateFromError = (error: Error) => ({ message: error.message });
  override render = () => this.state.message || this.props.children;
}

async function drawn(Shown: ComponentType<Named>): Promise<HTMLElement> {
  const place = document.createElement("div");
  await act(async () =>
    createRoot(place).render(
      <Boundary>
        <Shown name="a" />
      </Boundary>,
    ),
  );
  return place;
}

test("a stand-in gives way as soon as the code is there, and is not drawn again", async () => {
  let arrive = (_: { default: ComponentType<Named> }) => {};
  const load = vi.fn(() => new Promise<{ default: ComponentType<Named> }>((resolve) => (arrive = resolve)));
  const Shown = onDemand(load, standIn);
  const place = await drawn(Shown);
  expect(place.innerHTML).toBe("<i>a comes</i>");
  await act(async () => arrive({ default: Real }));
  expect(place.innerHTML).toBe("<b>a</b>");
  expect((await drawn(Shown)).innerHTML).toBe("<b>a</b>");
  expect(load).toHaveBeenCalledOnce();
});

test("code that does not come is told to what is around, and asked for again the next time", async () => {
  const silent = vi.spyOn(console, "error").mockImplementation(() => {});
  const load = vi.fn(() => Promise.reject(new Error("no network")));
  const Shown = onDemand<Named>(load, standIn);
  expect((await drawn(Shown)).textContent).toBe("no network");
  await expect(Shown.bring()).rejects.toThrow("no network");
  expect(load).toHaveBeenCalledTimes(2);
  silent.mockRestore();
});
