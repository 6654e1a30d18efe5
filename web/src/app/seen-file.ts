import { Observable } from "../net/observable";

/** The file that the person looks at now: on the screen, in a window with the focus. One is not told of edits there. */
export const seenFile = new Observable<{ projectId: string; path: string } | null>(null);
