/**
 * Where two long lists agree for certain: items that stand once in each, in the same order in both (Bram Cohen's patience
 * difference). Between two of them one can go on searching in the small.
 */
export function anchors(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  const inB = once(b);
  const pairs: (readonly [number, number])[] = [];
  for (const [item, at] of once(a)) {
    const other = inB.get(item);
    if (other !== undefined) pairs.push([at, other]);
  }
  return longestIncreasing(pairs.sort(([one], [other]) => one - other));
}

/** Where the items stand that stand once. */
function once(items: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  const twice = new Set<string>();
  items.forEach((item, at) => {
    if (found.has(item)) twice.add(item);
    else found.set(item, at);
  });
  for (const item of twice) found.delete(item);
  return found;
}

/** The longest run of pairs whose second number grows as well, by patience sorting. */
function longestIncreasing(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const before = new Int32Array(pairs.length).fill(-1);
  /** For each length, the pair with the smallest end of a run so long. */
  const ends: number[] = [];
  pairs.forEach(([, value], index) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[ends[middle] as number]?.[1] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    before[index] = low > 0 ? (ends[low - 1] as number) : -1;
    ends[low] = index;
  });
  const run: (readonly [number, number])[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) {
    run.push(pairs[index] as readonly [number, number]);
  }
  return run.reverse();
}
