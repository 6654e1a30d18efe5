import { Observable } from "../net/observable";
import type { Face } from "./faces";
import type { PathSearch } from "./find/path-search";

/** What the open project adds to the palette. */
export interface PaletteSource {
  /** Paths of files that are open or were used, the newest first. */
  recent(): readonly string[];
  paths: PathSearch;
  openFile(path: string, line?: number, column?: number): void;
  people(): readonly { id: string; name: string; face: Face; go(): void }[];
  goToLine?(line: number): void;
}

export const paletteText = new Observable<string | null>(null);
export const paletteSource = new Observable<PaletteSource | null>(null);

/** Opens the palette with something typed already: "" for files, ">" for commands. */
export function openPalette(text: string): void {
  paletteText.set(text);
}
