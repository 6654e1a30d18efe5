/**
 * Places of cells in their order, as strings that sort: between any two there is room for another. The same as
 * `sync/notebook/positions.py` of the server; both are tested against the same laws.
 */

/** In the order of their code units, so that strings compare as their places do. */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const VALID = /^[0-9A-Za-z]*[1-9A-Za-z]$/;
const MAX_LENGTH = 200;

/** Whether a value can be a place: digits of which the last is not the first one, or nothing would fit before it. */
export function isPosition(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_LENGTH && VALID.test(value);
}

/** A place after `low` (empty: the beginning) and before `high` (empty: the end), as short as can be. */
export function between(low: string, high: string): string {
  if (high !== "" && low >= high) throw new RangeError(`"${low}" is not before "${high}".`);
  let result = "";
  let end = high;
  for (let index = 0; ; index++) {
    const below = index < low.length ? DIGITS.indexOf(low.charAt(index)) : 0;
    const above = index < end.length ? DIGITS.indexOf(end.charAt(index)) : DIGITS.length;
    if (below === above) {
      result += DIGITS.charAt(below);
    } else if (above - below > 1) {
      return result + DIGITS.charAt((below + above) >> 1);
    } else {
      // Neighbours: any digit after `low` will do from here on.
      result += DIGITS.charAt(below);
      end = "";
      if (index >= low.length) return result + DIGITS.charAt(DIGITS.length >> 1);
    }
  }
}

/** So many places between two, in order. */
export function spread(low: string, high: string, count: number): string[] {
  if (count === 0) return [];
  const middle = count >> 1;
  const here = between(low, high);
  return [...spread(low, here, middle), here, ...spread(here, high, count - middle - 1)];
}
