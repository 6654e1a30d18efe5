import { createContext, useContext, useEffect } from "react";
import { useObservable } from "./react";
import type { TableQuery, TableState, TableStore } from "./tables";

const TableStoreContext = createContext<TableStore | null>(null);
export const TableStoreProvider = TableStoreContext.Provider;

/** The live tables; null in single mode, which has none. */
export function useTableStore(): TableStore | null {
  return useContext(TableStoreContext);
}

/** The live tables, on a page that is only shown where there are some. */
export function useTables(): TableStore {
  const store = useTableStore();
  if (!store) throw new Error("this page needs the tables plane");
  return store;
}

/** The rows of a query, live for as long as the component is shown. Pass the same object each time. */
export function useTable<R extends object>(query: TableQuery<R>): TableState<R> {
  const store = useTables();
  useEffect(() => store.follow(query), [store, query]);
  return useObservable(store.state(query));
}
