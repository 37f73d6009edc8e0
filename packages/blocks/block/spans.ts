/** Things with an extent, half-open, that can be asked for those that reach into another extent. */
export interface Spans<T> {
  /** In the order of their begin. */
  within(from: number, to: number): readonly T[];
}

/** By a tree over the order of their begin, each node of which knows how far its own reach: as fast as the answer is short. */
export function spansOf<T>(
  items: readonly T[],
  of: (item: T) => { readonly from: number; readonly to: number },
): Spans<T> {
  const sorted = items.map((item) => ({ item, ...of(item) })).sort((a, b) => a.from - b.from);
  const reach = new Float64Array(sorted.length);
  measure(0, sorted.length);
  return {
    within: (from, to) => {
      const found: T[] = [];
      collect({ low: 0, high: sorted.length, from, to }, found);
      return found;
    },
  };

  /** The middle of each stretch holds how far the stretch reaches. */
  function measure(low: number, high: number): number {
    if (low >= high) return Number.NEGATIVE_INFINITY;
    const middle = (low + high) >>> 1;
    const own = sorted[middle]?.to ?? Number.NEGATIVE_INFINITY;
    const most = Math.max(own, measure(low, middle), measure(middle + 1, high));
    reach[middle] = most;
    return most;
  }

  function collect(asked: { low: number; high: number; from: number; to: number }, found: T[]): void {
    const { low, high, from, to } = asked;
    if (low >= high) return;
    const middle = (low + high) >>> 1;
    const one = sorted[middle];
    if (one === undefined || (reach[middle] ?? from) <= from) return;
    collect({ ...asked, high: middle }, found);
    if (one.from >= to) return;
    if (one.to > from) found.push(one.item);
    collect({ ...asked, low: middle + 1 }, found);
  }
}
