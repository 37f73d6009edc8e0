import { type Block, type ReadableBlock, readableBlocks } from "#blocks/block";
import { type BlockGroup, groupLabels, liveGroups } from "#blocks/filters";
import type { Finding } from "#blocks/finding";
import type { GroupKeyOf } from "#blocks/group-key";
import type { Labels } from "#blocks/labels";
import { streamsOf } from "#blocks/stream";
import { judgeStreams, type Verdict } from "#blocks/verdict";
import type { AuditSettings } from "#config/audit-settings";

/** A bucket at one moment, in the shapes that the checks need. */
export interface BucketModel {
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly settings: AuditSettings;
  readonly blocks: readonly Block[];
  readonly readable: readonly ReadableBlock[];
  /** What the compactor sees. */
  readonly groups: readonly BlockGroup[];
  /** Of all streams, by cluster. */
  readonly clusters: ReadonlyMap<string, readonly Verdict[]>;
  readonly groupKeyOf: GroupKeyOf;
}

/** Whether the compactor merges blocks that overlap, instead of halting. */
export function allowsOverlaps({ settings }: Pick<BucketModel, "settings">): boolean {
  return settings.verticalCompaction || settings.deduplicationReplicaLabels.length > 0;
}

/** One rule of the catalogue: pure, and independent of all others. */
export type Check = (model: BucketModel) => readonly Finding[];

export function bucketModel(
  given: Pick<BucketModel, "url" | "now" | "settings" | "blocks" | "groupKeyOf">,
): BucketModel {
  const readable = readableBlocks(given.blocks);
  const verdicts = judgeStreams(streamsOf(readable, given), given);
  return {
    ...given,
    readable,
    groups: liveGroups(readable, given),
    clusters: Map.groupBy(verdicts, ({ stream }) => stream.clusterId),
  };
}

/** The group key that the compactor has for blocks of these external labels. */
export function groupKeyFor(resolution: number, labels: Labels, { settings, groupKeyOf }: BucketModel): string {
  return groupKeyOf(resolution, groupLabels(labels, settings.deduplicationReplicaLabels));
}
