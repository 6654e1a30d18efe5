import type { ReactNode } from "react";

// The parts of a grid that is made of `div`s, since a table cannot draw only the rows in view.
const CELLS = { role: "presentation" } as const;
const CELL = { role: "gridcell" } as const;
const HEAD = { role: "row", "aria-rowindex": 1 } as const;
const COLUMN = { role: "columnheader" } as const;

/** The cells of one row of a `VirtualTree` that is a grid. */
export function GridCells({ className, children }: { className: string; children: ReactNode }) {
  return (
    <div {...CELLS} className={className}>
      {children}
    </div>
  );
}

export function GridCell({ className, children }: { className: string; children?: ReactNode }) {
  return (
    <div {...CELL} className={className}>
      {children}
    </div>
  );
}

/** The row with the heads of the columns. */
export function GridHead({ className, children }: { className: string; children: ReactNode }) {
  return (
    <div {...HEAD} className={className}>
      {children}
    </div>
  );
}

interface ColumnHeadProps {
  className: string;
  sorted?: "ascending" | "descending" | undefined;
  children: ReactNode;
}

export function ColumnHead({ className, sorted, children }: ColumnHeadProps) {
  return (
    <div {...COLUMN} {...{ "aria-sort": sorted }} className={className}>
      {children}
    </div>
  );
}
