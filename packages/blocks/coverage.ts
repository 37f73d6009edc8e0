import type { ReadableBlock } from "#blocks/block";
import { labelsId, withoutLabels } from "#blocks/labels";
import type { Resolution } from "#blocks/meta";
import type { AuditSettings } from "#config/audit-settings";

/** How Thanos's retention begins the details of its deletion marks (thanos pkg/compact/retention.go). */
const RETENTION_DETAILS = "block exceeding retention of";

/** Thanos's own (compaction, garbage collection, repair, rewrite): it believes that another block has the data. */
const THANOS_DETAILS = new Set([
  "source of compacted block",
  "outdated block",
  "source of repaired block",
  "block rewritten",
]);

/** Whether these details are of a mark that Thanos set because another block has the data. */
export function isOfThanos(details: string): boolean {
  return THANOS_DETAILS.has(details);
}

export function isMarkedByRetention({ deletionMark }: ReadableBlock): boolean {
  return deletionMark?.details.startsWith(RETENTION_DETAILS) ?? false;
}

/** Whether the settings' retention is over for a block, so that it is meant to go. */
export function isPastRetention(
  { meta }: Pick<ReadableBlock, "meta">,
  { settings, now }: { readonly settings: AuditSettings; readonly now: number },
): boolean {
  const retention = retentionOf(meta.resolution, settings);
  return retention > 0 && now > meta.maxTime + retention;
}

function retentionOf(resolution: Resolution, { retention }: AuditSettings): number {
  if (resolution === 0) return retention.raw;
  return resolution === 300_000 ? retention["5m"] : retention["1h"];
}

/**
 * Makes the function that gives the sources of a block that no other block keeps: of the same resolution and labels, replica
 * labels apart, and not itself going to be deleted. A block that retention deletes still counts: its data is meant to
 * go. A block that `thanos tools bucket rewrite` made stands for those it was made of.
 */
export function lostSources(
  blocks: readonly ReadableBlock[],
  { replicaLabels, deduplicationReplicaLabels }: AuditSettings,
): (block: ReadableBlock) => readonly string[] {
  const dropped = [...replicaLabels, ...deduplicationReplicaLabels];
  const groupOf = ({ meta }: ReadableBlock) => `${meta.resolution} ${labelsId(withoutLabels(meta.labels, dropped))}`;
  const kept = new Set<string>();
  const rewrites = new Map<string, ReadableBlock[]>();
  for (const block of blocks) {
    const group = groupOf(block);
    const { sources, rewritten } = block.meta;
    for (const source of rewritten) {
      const key = `${group} ${source}`;
      rewrites.set(key, [...(rewrites.get(key) ?? []), block]);
    }
    if (block.deletionMark !== undefined && !isMarkedByRetention(block)) continue;
    for (const source of [...sources, ...rewritten]) kept.add(`${group} ${source}`);
  }

  /** `seen` ends circles of rewrites, which no Thanos makes. */
  function lost(block: ReadableBlock, seen: ReadonlySet<string>): readonly string[] {
    const group = groupOf(block);
    const now = new Set([...seen, block.ulid]);
    return block.meta.sources.filter((source) => {
      const key = `${group} ${source}`;
      const made = rewrites.get(key)?.filter(({ ulid }) => !now.has(ulid)) ?? [];
      return !kept.has(key) && !made.some((other) => lost(other, now).length === 0);
    });
  }
  return (block) => lost(block, new Set());
}
