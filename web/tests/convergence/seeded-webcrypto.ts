/** Takes the place of `lib0/webcrypto`, so that a program runs the same each time: ids of documents come from here. */
let state = 1;

export function seed(number: number): void {
  state = number >>> 0 || 1;
}

export const subtle = undefined;

/** mulberry32 */
function next(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

export function getRandomValues<T extends Uint8Array | Uint32Array>(array: T): T {
  for (let index = 0; index < array.length; index++) array[index] = next();
  return array;
}
