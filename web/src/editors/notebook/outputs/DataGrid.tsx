import { ArrowDown, ArrowUp } from "lucide-react";
import { useMemo, useState } from "react";
import { More, PORTION } from "../../../ui/More";
import { isGap, sorted, type Table } from "./table";

interface Sort {
  column: number;
  descending: boolean;
}

/** A data frame: its head and index stay in view, a click on a column sorts by it. */
export function DataGrid({ table }: { table: Table }) {
  const [sort, setSort] = useState<Sort | null>(null);
  const [drawn, setDrawn] = useState(PORTION);
  const order = useMemo(
    () => (sort ? sorted(table, sort.column, sort.descending) : table.rows.map((_, index) => index)),
    [table, sort],
  );
  const partial = table.rows.some(isGap);
  const press = (column: number) => {
    if (sort?.column !== column) setSort({ column, descending: false });
    else setSort(sort.descending ? null : { column, descending: true });
  };
  return (
    <div className="data-grid">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      {/* biome-ignore lint/a11y/useSemanticElements: a landmark for each table would be too many */}
      <div className="data-grid-scroller" tabIndex={0} role="group" aria-label="Data frame">
        <table>
          <thead>
            {table.head.map((row, index) => (
              <HeadRow
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of the head do not move
                key={index}
                table={table}
                row={index}
                cells={row}
                sort={sort}
                onSort={index === sortRow(table) ? press : undefined}
              />
            ))}
          </thead>
          <tbody>
            {order.slice(0, drawn).map((index) => (
              <tr key={index}>
                {(table.rows[index] ?? []).map((text, column) =>
                  column < table.index ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns do not move
                    <th key={column} scope="row" className={table.numeric[column] ? "number" : ""}>
                      {text}
                    </th>
                  ) : (
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns do not move
                    <td key={column} className={table.numeric[column] ? "number" : ""}>
                      {text}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
        <More drawn={drawn} total={order.length} onMore={setDrawn} />
      </div>
      <p className="data-grid-note secondary">
        {table.note}
        {sort && partial && " Sorted are the rows that are shown."}
      </p>
    </div>
  );
}

interface HeadRowProps {
  table: Table;
  row: number;
  cells: Table["head"][number];
  sort: Sort | null;
  onSort?(column: number): void;
}

function HeadRow({ table, cells, sort, onSort }: HeadRowProps) {
  let at = 0;
  return (
    <tr>
      {cells.map((cell) => {
        const column = at;
        at += cell.span;
        const direction = sort?.column === column ? (sort.descending ? "descending" : "ascending") : "none";
        const sortable = onSort && cell.span === 1;
        // A cell that heads nothing.
        if (cell.text === "" && !sortable) return <td key={column} colSpan={cell.span} rowSpan={cell.rows} />;
        return (
          <th
            key={column}
            scope="col"
            colSpan={cell.span}
            rowSpan={cell.rows}
            className={table.numeric[column] ? "number" : ""}
            {...(sortable ? { "aria-sort": direction } : {})}
          >
            {sortable ? (
              <button type="button" onClick={() => onSort(column)}>
                {cell.text || <span className="visually-hidden">Index</span>}
                {direction === "ascending" && <ArrowUp aria-hidden />}
                {direction === "descending" && <ArrowDown aria-hidden />}
              </button>
            ) : (
              cell.text
            )}
          </th>
        );
      })}
    </tr>
  );
}

/** The row of the head that one sorts by: the last that names columns, above the names of the index alone. */
function sortRow(table: Table): number {
  const last = table.head.length - 1;
  const named = (row: number) => table.head[row]?.slice(table.index).some((cell) => cell.text !== "");
  return last > 0 && !named(last) ? last - 1 : last;
}
