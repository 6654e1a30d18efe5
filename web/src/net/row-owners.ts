/**
 * Which page owns a row of kept edits: the one that writes it, and when that is gone, one that takes it over. Without
 * owners two tabs would each enter the text of one row where the document has become another one meanwhile.
 *
 * A lock of the browser ends with its page, however the page ends. Browsers offer none to a page that came by plain HTTP
 * from another machine; there a row is taken over at once.
 */
export function ownRow(row: string, leaving: AbortSignal): Promise<void> {
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return Promise.resolve();
  return new Promise((owned) => {
    const left = new Promise<void>((resolve) => leaving.addEventListener("abort", () => resolve()));
    locks
      .request(`studium-pending:${row}`, { signal: leaving }, () => {
        owned();
        return left;
      })
      .catch(() => undefined); // the document was closed before the row was free
  });
}
