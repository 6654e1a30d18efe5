import { getJson, sentence } from "../net/api";
import { Observable } from "../net/observable";
import type { DeletedDocument, DeletedDocuments } from "../protocol/generated";
import type { GetJson } from "./document-history";

export interface DeletedList {
  documents: readonly DeletedDocument[];
  /** There are others, older than those in the list. */
  more: boolean;
  loaded: boolean;
  problem: string | null;
}

/** The files of a project that are not there any more but have a history. */
export class DeletedFiles {
  readonly list = new Observable<DeletedList>({ documents: [], more: false, loaded: false, problem: null });
  #closed = false;

  constructor(
    private readonly projectId: string,
    private readonly get: GetJson = getJson,
  ) {}

  close(): void {
    this.#closed = true;
  }

  async refresh(): Promise<void> {
    try {
      const { documents, more } = await this.get<DeletedDocuments>(
        `/projects/${this.projectId}/history/?documents=deleted`,
      );
      if (!this.#closed) this.list.set({ documents, more, loaded: true, problem: null });
    } catch (error) {
      if (!this.#closed) this.list.update((list) => ({ ...list, loaded: true, problem: sentence(error) }));
    }
  }
}
