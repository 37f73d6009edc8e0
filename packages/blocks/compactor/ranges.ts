const HOUR = 3_600_000;

/** The block ranges of the compactor, ms (thanos cmd/thanos/compact.go); the first is only the unit of the others. */
export const COMPACTION_RANGES: readonly number[] = [1, 2, 8, 48, 336].map((hours) => hours * HOUR);

/**
 * The Thanos releases whose source was compared for the rules of `#blocks/compactor`: the planner is the same in all of
 * them (0.36 brought the filter for overlapping downsampled blocks). The consistency delay goes by `upload_time` since
 * 0.40 only; before, by the ULID.
 */
export const RULES_HOLD_FOR = { first: "0.36.0", last: "0.42.5" } as const;

/** Begin of the aligned window of this range that holds `time`; also for times before the epoch. */
export function windowStart(time: number, range: number): number {
  return range * Math.floor(time / range);
}
