import { createContext, useContext, useSyncExternalStore } from "react";
import type { KernelStatus } from "../../protocol/generated";
import { useObservable } from "../../store/react";
import type { EditorSettings } from "../types";
import type { CellHandles } from "./handles";
import type { KernelClient } from "./kernel-client";
import type { CellFields } from "./notebook";
import type { PeopleInCells } from "./people";
import type { NotebookSession } from "./session";

/** What every part of an open notebook needs. */
export interface NotebookContextValue {
  session: NotebookSession;
  kernel: KernelClient;
  people: PeopleInCells;
  handles: CellHandles;
  projectId: string;
  path: string;
  settings: EditorSettings;
  writable: boolean;
  /** After a change of text, cursor or selection. */
  onMoved(): void;
}

export const NotebookContext = createContext<NotebookContextValue | null>(null);

export function useNotebook(): NotebookContextValue {
  const value = useContext(NotebookContext);
  if (!value) throw new Error("this part is shown inside a notebook only");
  return value;
}

export const useKernelStatus = (): KernelStatus | null => useObservable(useNotebook().kernel.status);

/** A part of the selection: drawn anew only when that part is another. */
export function useSelection<T extends string | number | boolean>(select: (session: NotebookSession) => T): T {
  const { session } = useNotebook();
  return useSyncExternalStore(session.selection.subscribe, () => select(session));
}

/** A part of the kernel's state, likewise. */
export function useOfKernel<T extends string | number | boolean | null>(select: (status: KernelStatus | null) => T): T {
  const { kernel } = useNotebook();
  return useSyncExternalStore(kernel.status.subscribe, () => select(kernel.status.get()));
}

export function useFields(id: string): CellFields {
  const fields = useNotebook().session.notebook.fields(id);
  if (!fields) throw new Error(`There is no cell ${id}.`);
  return useObservable(fields);
}
