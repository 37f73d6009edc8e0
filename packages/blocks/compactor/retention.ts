import type { BlockMeta, Resolution } from "#blocks/meta";
import type { AuditSettings } from "#config/audit-settings";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Retention = AuditSettings["retention"];

function retentionOf(resolution: Resolution, retention: Retention): number {
  return { 0: retention.raw, 300000: retention["5m"], 3600000: retention["1h"] }[resolution];
}

/** When the compactor marks the block because of its age, ms (thanos pkg/compact/retention.go); undefined: never. */
export function expiresAt(
  { maxTime, resolution }: Pick<BlockMeta, "maxTime" | "resolution">,
  retention: Retention,
): number | undefined {
  const kept = retentionOf(resolution, retention);
  return kept === 0 ? undefined : Math.floor(maxTime / 1000) * 1000 + kept;
}

/**
 * What Thanos counts as `thanos_compact_todo_deletion_blocks` (pkg/compact/compact.go): blocks beyond their retention,
 * also those that have their mark already.
 */
export function retentionBacklog(
  blocks: readonly { readonly meta: Pick<BlockMeta, "maxTime" | "resolution"> }[],
  { retention, now }: { readonly retention: Retention; readonly now: number },
): number {
  return blocks.filter(({ meta }) => now > (expiresAt(meta, retention) ?? Number.POSITIVE_INFINITY)).length;
}

/** How much of the history ever gets blocks of a resolution: none, all, or all but some of each 14 d. */
export type Coverage = "none" | "part" | "all";

/**
 * What downsampling leaves at these retentions, on unaligned 2 h blocks and with a compactor that is never behind. A block
 * that retention has marked can still be compacted and downsampled for half the delete delay. Thanos takes every combination
 * with 40 h of raw and 10 d of 5 m samples or more.
 */
export function downsampledCoverage({ retention, deleteDelay }: Pick<AuditSettings, "retention" | "deleteDelay">): {
  readonly fiveMinutes: Coverage;
  readonly hour: Coverage;
} {
  const raw = effective(retention.raw, deleteDelay);
  const fiveMinutes = effective(retention["5m"], deleteDelay);
  if (raw < 46 * HOUR) return { fiveMinutes: "none", hour: "none" };
  if (raw >= 12.25 * DAY || fiveMinutes >= 16.25 * DAY) return { fiveMinutes: "all", hour: "all" };
  return { fiveMinutes: "all", hour: raw >= 11 * DAY || fiveMinutes >= 15 * DAY ? "part" : "none" };
}

function effective(retention: number, deleteDelay: number): number {
  return retention === 0 ? Number.POSITIVE_INFINITY : retention + deleteDelay / 2;
}
