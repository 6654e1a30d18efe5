/** The row of a list of files that has the focus. */
function row(): Element | null {
  return document.activeElement?.closest('.tree [role="row"][data-key]') ?? null;
}

/** Its path; null for the notes in the tree as well, which are no files. */
export function focusedRow(): string | null {
  return row()?.hasAttribute("aria-selected") ? (row()?.getAttribute("data-key") ?? null) : null;
}

/** Is it a folder? */
export function focusedFolder(): boolean {
  return row()?.hasAttribute("data-folder") ?? false;
}
