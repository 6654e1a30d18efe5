/** Whether files of a kind are shown with a preview beside their text: kept in this browser. */
import { Observable } from "../../net/observable";
import { readStored, writeStored } from "../../store/settings";

const KEY = "studium:previews";

const stored = readStored(KEY);
export const previews = new Observable<readonly string[]>(
  Array.isArray(stored) ? stored.filter((kind) => typeof kind === "string") : [],
);

export function togglePreview(kind: string): void {
  previews.update((kinds) => (kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind]));
  writeStored(KEY, previews.get());
}
