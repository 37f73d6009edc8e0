import { type Block, type ReadableBlock, readableBlocks } from "#blocks/block/block";
import type { GroupKeyOf } from "#blocks/block/group-key";
import type { Labels } from "#blocks/block/labels";
import type { IncompleteUpload } from "#blocks/bucket/bucket";
import type { ForeignObjects } from "#blocks/bucket/foreign";
import type { WrongHeader } from "#blocks/bucket/headers";
import { type Outlook, outlooksOf } from "#blocks/compactor/outlook";
import { type RetentionInUse, retentionInUse } from "#blocks/compactor/retention";
import type { Finding } from "#blocks/finding";
import { type ByStream, readableIn, streamsIn } from "#blocks/groups/by-stream";
import { type Duplicates, duplicatesOf } from "#blocks/groups/duplicates";
import { type BlockGroup, groupLabels, liveGroups } from "#blocks/groups/filters";
import { type Inferred, inferSettings } from "#blocks/infer";
import { oncePer } from "#blocks/once";
import { isMarkedByRetention } from "#blocks/streams/coverage";
import { shippedHeads } from "#blocks/streams/heads";
import { streamsOf } from "#blocks/streams/stream";
import { judgeStreams, type Verdict } from "#blocks/streams/verdict";
import { blocksWith, type Parts } from "#blocks/traits";
import type { AuditSettings } from "#config/audit-settings";

/** A bucket at one moment, in the shapes that the checks need. */
export interface BucketModel {
  readonly url: string;
  /** Of an S3-compatible server; undefined for AWS and for directories. */
  readonly endpoint?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Those given, and what the bucket tells in place of the defaults. */
  readonly settings: AuditSettings;
  /** What that was concluded from. */
  readonly inferred: Omit<Inferred, "settings">;
  readonly blocks: readonly Block[];
  /** The same, as they are kept. */
  readonly parts: Parts;
  /** What belongs to no block; undefined where the bucket was not listed. */
  readonly foreign?: readonly ForeignObjects[] | undefined;
  /** Multipart uploads that have not ended; undefined where the store did not tell. */
  readonly uploads?: readonly IncompleteUpload[] | undefined;
  /** Files of sampled blocks that are not of their format, by ULID; undefined where none were looked into. */
  readonly headers?: ReadonlyMap<string, readonly WrongHeader[]> | undefined;
  readonly readable: readonly ReadableBlock[];
  /** Of those the ones with a deletion mark. */
  readonly marked: readonly ReadableBlock[];
  readonly retentionInUse: RetentionInUse;
  readonly byStream: ByStream;
  /** What the compactor sees. */
  readonly groups: readonly BlockGroup[];
  /** In-order heads by stream, as the shippers uploaded them. */
  readonly heads: readonly (readonly ReadableBlock[])[];
  /** What the compactor has to do, by group. */
  readonly outlooks: readonly Outlook[];
  readonly duplicates: readonly Duplicates[];
  /** Of all streams, by cluster. */
  readonly clusters: ReadonlyMap<string, readonly Verdict[]>;
  readonly groupKeyOf: GroupKeyOf;
}

/** Whether the compactor merges blocks that overlap, instead of halting. */
export function allowsOverlaps({ settings }: Pick<BucketModel, "settings">): boolean {
  return settings.verticalCompaction || settings.deduplicationReplicaLabels.length > 0;
}

/** The groups in which blocks overlap. */
export function overlapping({ groups }: Pick<BucketModel, "groups">): readonly BlockGroup[] {
  return groups.filter(({ isOverlapping }) => isOverlapping);
}

/** One rule of the catalogue: pure, and independent of all others. */
export type Check = (model: BucketModel) => readonly Finding[];

export function bucketModel(
  asked: Pick<
    BucketModel,
    "url" | "now" | "settings" | "endpoint" | "blocks" | "foreign" | "uploads" | "headers" | "groupKeyOf"
  > & { readonly parts?: Parts | undefined },
): BucketModel {
  // A list of somebody's own may change before the next look.
  const parts = asked.parts ?? [[...asked.blocks]];
  const byStream = streamsIn(parts);
  const { settings: told, ...inferred } = inferSettings(byStream, asked.settings);
  const marked = parts.flatMap(markedIn);
  const inUse = retentionInUse(readableBlocks(blocksWith(parts, isMarkedByRetention)), told);
  const settings = { ...told, retention: inUse.retention };
  const given = { ...asked, parts, settings };
  const heads = shippedHeads(byStream);
  const verdicts = judgeStreams(streamsOf(byStream, given), { ...given, heads });
  const groups = liveGroups(byStream, given);
  return {
    ...given,
    inferred,
    readable: parts.flatMap(readableIn),
    marked,
    retentionInUse: inUse,
    byStream,
    groups,
    outlooks: outlooksOf(groups, { settings: given.settings, vertical: allowsOverlaps(given) }),
    heads: [...heads.values()],
    duplicates: duplicatesOf(byStream, given),
    clusters: Map.groupBy(verdicts, ({ stream }) => stream.clusterId),
  };
}

const markedIn = oncePer((part: readonly Block[]) =>
  readableIn(part).filter(({ deletionMark }) => deletionMark !== undefined),
);

/** The group key that the compactor has for blocks of these external labels. */
export function groupKeyFor(resolution: number, labels: Labels, { settings, groupKeyOf }: BucketModel): string {
  return groupKeyOf(resolution, groupLabels(labels, settings.deduplicationReplicaLabels));
}
