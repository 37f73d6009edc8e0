import type { ReadableBlock } from "#blocks/block/block";
import { META_FILE } from "#blocks/bucket/directories";
import { type ConsistencyDelay, visibleFrom } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";

/** Since when the compactor can see a block that is there, ms; a copied block comes later than its meta.json says. */
export function thereSince(block: ReadableBlock, settings: ConsistencyDelay): number {
  return Math.max(visibleFrom(block, settings), block.files.get(META_FILE)?.lastModified ?? 0);
}

/** The retention that was judged by, ms (0: for ever), and for which resolutions it was concluded from marks. */
export function retentionEvidence({
  retentionInUse: { retention, inferred },
}: BucketModel): Readonly<Record<string, unknown>> {
  return {
    retentionRawMs: retention.raw,
    retention5mMs: retention["5m"],
    retention1hMs: retention["1h"],
    ...(inferred.length > 0 && { inferredFromMarks: inferred }),
  };
}
