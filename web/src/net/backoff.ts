/** The longest wait between two tries to connect, in milliseconds. */
export const MAX_BACKOFF_MS = 15_000;
/** The first wait, at most. */
export const FIRST_BACKOFF_MS = 400;

/**
 * How long to wait before try number `attempt` (from 0): doubling, with jitter over the whole upper half, so that a
 * thousand pages do not come back in the same moment after a restart.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 20));
  return ceiling / 2 + (ceiling / 2) * random();
}
