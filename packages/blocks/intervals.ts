/** Half-open, in ms. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The time that these cover, in order and without overlap; pieces that touch are one. */
export function union(intervals: Iterable<Interval>): readonly Interval[] {
  const merged: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || next.from > last.to) merged.push(next);
    else if (next.to > last.to) merged[merged.length - 1] = { from: last.from, to: next.to };
  }
  return merged;
}

/** How much of `wanted` is not in `covered`, which is a union; ms. */
export function uncovered(wanted: Interval, covered: readonly Interval[]): number {
  let inside = 0;
  for (let index = firstAfter(covered, wanted.from); index < covered.length; index += 1) {
    const { from, to } = covered[index] ?? wanted;
    if (from >= wanted.to) break;
    inside += Math.min(to, wanted.to) - Math.max(from, wanted.from);
  }
  return wanted.to - wanted.from - inside;
}

/** Where the first piece is that ends after `time`. */
function firstAfter(union: readonly Interval[], time: number): number {
  let low = 0;
  let high = union.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((union[middle]?.to ?? time) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
