import type { Entry } from "../protocol/generated";

/** Names that programs make and people do not want to see. */
const GENERATED = new Set(["__pycache__", "node_modules", "Thumbs.db", "desktop.ini", "_minted", "texput.log"]);
const GENERATED_ENDING = /(\.py[co]|\.o|\.class|\.egg-info|\.sage\.py|~)$/;
/** What TeX makes beside `name.tex`; `notes.log` without a `notes.tex` is somebody's own. */
const OF_TEX =
  /\.(aux|log|out|toc|lof|lot|bbl|blg|bcf|run\.xml|fls|fdb_latexmk|synctex\.gz|nav|snm|vrb|idx|ilg|ind|xdv|dvi)$/;

/** Is this entry left out of lists until it is asked for? `has` knows the names beside it. */
export function isMasked(entry: Pick<Entry, "name">, has: (name: string) => boolean): boolean {
  const { name } = entry;
  if (name.startsWith(".") || GENERATED.has(name) || GENERATED_ENDING.test(name)) return true;
  const tex = OF_TEX.exec(name);
  return tex !== null && has(`${name.slice(0, tex.index)}.tex`);
}
