import { lazy, Suspense } from "react";

const FindPanel = lazy(() => import("./FindPanel"));

/** The panel, whose code is loaded when it is first shown. */
export function FindSlot() {
  return (
    <Suspense fallback={<aside className="side-panel" aria-label="Find panel" />}>
      <FindPanel />
    </Suspense>
  );
}
