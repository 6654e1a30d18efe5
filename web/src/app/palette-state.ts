import { Observable } from "../net/observable";
import type { Face } from "./faces";

/** What the open project adds to the palette. */
export interface PaletteSource {
  /** Paths of files, at once those that are known; asking may bring more. */
  files(): readonly string[];
  openFile(path: string): void;
  people(): readonly { id: string; name: string; face: Face; go(): void }[];
  goToLine?(line: number): void;
  /** Called when the palette opens: find files that have not been seen yet. */
  explore(): void;
  /** Counts up when more files are known. */
  changed: Observable<unknown>;
}

export const paletteText = new Observable<string | null>(null);
export const paletteSource = new Observable<PaletteSource | null>(null);

/** Opens the palette with something typed already: "" for files, ">" for commands. */
export function openPalette(text: string): void {
  paletteText.set(text);
}
