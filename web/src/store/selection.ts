/** What is chosen in lists of files. Pure: every act makes a new one. */
export interface Selection {
  readonly paths: ReadonlySet<string>;
  /** Where a range begins: what was chosen last without Shift. */
  readonly anchor: string | null;
}

export const NOTHING: Selection = { paths: new Set(), anchor: null };

export function only(path: string): Selection {
  return { paths: new Set([path]), anchor: path };
}

/** Adds one, or takes it out. */
export function toggled(selection: Selection, path: string): Selection {
  const paths = new Set(selection.paths);
  if (!paths.delete(path)) paths.add(path);
  return { paths, anchor: path };
}

/** All from the anchor to `path`, in the order in which they are shown; with `add` beside what is chosen already. */
export function ranged(selection: Selection, order: readonly string[], path: string, add = false): Selection {
  const to = order.indexOf(path);
  if (to < 0) return selection;
  const from = selection.anchor === null ? to : order.indexOf(selection.anchor);
  if (from < 0) return only(path);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { paths: new Set(add ? [...selection.paths, ...range] : range), anchor: selection.anchor ?? path };
}

export function all(order: readonly string[]): Selection {
  return { paths: new Set(order), anchor: order[0] ?? null };
}

/** Without what is gone; the very same one when nothing is. */
export function kept(selection: Selection, isThere: (path: string) => boolean): Selection {
  const paths = [...selection.paths].filter(isThere);
  if (paths.length === selection.paths.size) return selection;
  const { anchor } = selection;
  return { paths: new Set(paths), anchor: anchor !== null && isThere(anchor) ? anchor : null };
}

/** Of paths that lie in one another only the upper ones: whoever moves a folder moves what is in it. */
export function outermost(paths: Iterable<string>): string[] {
  const chosen = new Set(paths);
  return [...chosen].filter((path) => {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      if (chosen.has(path.slice(0, at))) return false;
    }
    return true;
  });
}
