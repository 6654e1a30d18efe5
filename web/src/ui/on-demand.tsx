import { type ComponentType, createElement, type ReactNode, useEffect, useState } from "react";

/**
 * A component whose code comes when it is first shown, or when `bring` asks for it, with a stand-in until then.
 *
 * React's own `lazy` keeps a stand-in on the page for at least 300 ms once it has shown, however soon the code is there:
 * of a file that opens in 150 ms that is most of the time.
 */
export function onDemand<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  standIn: (props: Props) => ReactNode = () => null,
) {
  let Component: ComponentType<Props> | undefined;
  let coming: Promise<void> | undefined;

  /** Loads the code, once; what failed is tried anew the next time. */
  const bring = () => {
    coming ??= load().then(
      (module) => {
        Component = module.default;
      },
      (error) => {
        coming = undefined;
        throw error;
      },
    );
    return coming;
  };

  function OnDemand(props: Props) {
    const [, told] = useState<unknown>();
    useEffect(() => {
      if (Component) return;
      let gone = false;
      bring().then(
        () => gone || told(true),
        (error) =>
          gone ||
          told(() => {
            throw error; // to the boundary around it
          }),
      );
      return () => {
        gone = true;
      };
    }, []);
    return Component ? createElement(Component, props) : standIn(props);
  }
  return Object.assign(OnDemand, { bring });
}
