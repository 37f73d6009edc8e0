import type { ReadableBlock } from "#blocks/block/block";
import type { BlockMeta, Resolution } from "#blocks/block/meta";
import type { AuditSettings } from "#config/audit-settings";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** So long raw samples must be there for a block of 14 d to be downsampled as a whole, ms. */
const RAW_FOR_HOUR = 12.25 * DAY;

type Retention = AuditSettings["retention"];

export function retentionOf(resolution: Resolution, retention: Retention): number {
  if (resolution === 0) return retention.raw;
  return resolution === 300_000 ? retention["5m"] : retention["1h"];
}

/** What is kept for how long, and of which resolutions that is concluded from the marks in the bucket. */
export interface RetentionInUse {
  readonly retention: Retention;
  readonly inferred: readonly Resolution[];
}

const MARK_DETAILS = /^block exceeding retention of (?:(\d+)h)?(?:(\d+)m)?(?:(\d+)(?:\.\d+)?s)?$/;

/** The settings, and where none were given what the newest mark of the compactor's retention says (pkg/compact/retention.go). */
export function retentionInUse(
  blocks: readonly Pick<ReadableBlock, "meta" | "deletionMark">[],
  { retention, given }: Pick<AuditSettings, "retention" | "given">,
): RetentionInUse {
  if (given.includes("retention")) return { retention, inferred: [] };
  const newest = new Map<Resolution, { readonly time: number; readonly kept: number }>();
  for (const { meta, deletionMark: mark } of blocks) {
    const kept = mark && keptBy(mark.details);
    if (mark === undefined || kept === undefined) continue;
    if (mark.time > (newest.get(meta.resolution)?.time ?? Number.NEGATIVE_INFINITY)) {
      newest.set(meta.resolution, { time: mark.time, kept });
    }
  }
  const kept = (resolution: Resolution) => newest.get(resolution)?.kept ?? retentionOf(resolution, retention);
  return {
    retention: { raw: kept(0), "5m": kept(300_000), "1h": kept(3_600_000) },
    inferred: [...newest.keys()].sort((a, b) => a - b),
  };
}

/** Of Go's text for a duration, `720h0m0s`; ms. */
function keptBy(details: string): number | undefined {
  const found = MARK_DETAILS.exec(details);
  if (found === null) return undefined;
  const [, hours = "0", minutes = "0", seconds = "0"] = found;
  const kept = Number(hours) * HOUR + Number(minutes) * 60_000 + Number(seconds) * 1000;
  return kept > 0 ? kept : undefined;
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
  if (raw >= RAW_FOR_HOUR || fiveMinutes >= 16.25 * DAY) return { fiveMinutes: "all", hour: "all" };
  return { fiveMinutes: "all", hour: raw >= 11 * DAY || fiveMinutes >= 15 * DAY ? "part" : "none" };
}

function effective(retention: number, deleteDelay: number): number {
  return retention === 0 ? Number.POSITIVE_INFINITY : retention + deleteDelay / 2;
}

/**
 * Whether raw blocks are gone before their window of 14 d is compacted, so that 1 h samples come from 5 m blocks of 2 d, which
 * wait for two newer ones: four days more.
 */
export function waitsForTwo({ retention, deleteDelay }: Pick<AuditSettings, "retention" | "deleteDelay">): boolean {
  return effective(retention.raw, deleteDelay) < RAW_FOR_HOUR;
}
