import { Observable } from "../net/observable";

/** Where in a file somebody wants to be: a line from 1, a column from 0, and how much is to be selected there. */
export interface WantedPlace {
  path: string;
  line: number;
  column: number;
  length: number;
  /** That line, as far as it is known. */
  text?: string;
}

/** The place that the editor of its file shall go to, as soon as it can; that editor takes it away. */
export const wantedPlace = new Observable<WantedPlace | null>(null);

/** An editor that has no such places, as of a picture, leaves it; later nobody means it any more. */
const MEANT_MS = 15_000;

export function wantPlace(place: WantedPlace): void {
  wantedPlace.set(place);
  setTimeout(() => {
    if (wantedPlace.get() === place) wantedPlace.set(null);
  }, MEANT_MS);
}
