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
  const inside = covered.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, wanted.to) - Math.max(from, wanted.from)),
    0,
  );
  return wanted.to - wanted.from - inside;
}
