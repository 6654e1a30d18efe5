import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const ICONS = { info: Info, success: CircleCheck, warning: TriangleAlert, danger: CircleAlert };

/** A thin bar over the whole width: something that holds for as long as it is shown. */
export function Banner({ kind = "info", children }: { kind?: "info" | "warning"; children: ReactNode }) {
  const Icon = ICONS[kind];
  return (
    <section className={`banner ${kind}`} aria-label="Notice">
      <Icon aria-hidden />
      <span className="grow">{children}</span>
    </section>
  );
}

/** A sentence about what was just done, or could not be. Errors are read at once. */
export function Notice({ kind = "info", children }: { kind?: keyof typeof ICONS; children: ReactNode }) {
  const Icon = ICONS[kind];
  return (
    <div className={`notice ${kind}`} role={kind === "danger" ? "alert" : "status"}>
      <Icon aria-hidden />
      <div>{children}</div>
    </div>
  );
}
