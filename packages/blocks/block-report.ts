import type { ReadableBlock } from "#blocks/block/block";
import { groupKeys } from "#blocks/block/group-key";
import type { Labels } from "#blocks/block/labels";
import type { Resolution } from "#blocks/block/meta";
import type { Bucket } from "#blocks/bucket/bucket";
import { type Deletion, deletionOf } from "#blocks/compactor/deletion";
import { type DownsamplingFate, downsamplingFate } from "#blocks/compactor/downsampling-fate";
import { type CompactionFate, compactionFate } from "#blocks/compactor/fate";
import { RULES_HOLD_FOR } from "#blocks/compactor/ranges";
import type { AuditProgress } from "#blocks/finding";
import { uploadedAt } from "#blocks/groups/filters";
import { type BucketModel, bucketModel, groupKeyFor } from "#blocks/model";
import { readBucket } from "#blocks/read-bucket";
import type { AuditSettings } from "#config/audit-settings";
import { TerminalError } from "#fleet/errors";

export const BLOCK_REPORT_VERSION = 1;

/** A block that holds samples of the same heads. */
export interface CoveringBlock {
  readonly ulid: string;
  readonly resolution: Resolution;
  /** Of the sources of the block, how many it has too. */
  readonly sources: number;
  readonly isMarked: boolean;
}

/** All that is known of one block. Times and durations in ms since the epoch. */
export interface BlockReport {
  readonly schemaVersion: typeof BLOCK_REPORT_VERSION;
  readonly url: string;
  readonly now: number;
  /** The Thanos releases for which it holds. */
  readonly thanos: typeof RULES_HOLD_FOR;
  readonly ulid: string;
  readonly labels: Labels;
  readonly groupKey: string;
  readonly resolution: Resolution;
  readonly minTime: number;
  readonly maxTime: number;
  readonly level: number;
  /** `sidecar`, `compactor`, ... */
  readonly producer: string;
  readonly hints: readonly string[];
  readonly uploaded: number;
  readonly samples: number;
  readonly series: number;
  readonly bytes: number;
  readonly origin: {
    /** The level-1 blocks whose samples it holds. */
    readonly sources: readonly string[];
    readonly parents: readonly { readonly ulid: string; readonly state: "live" | "marked" | "gone" }[];
    readonly rewrittenFrom: readonly string[];
  };
  readonly covered: readonly CoveringBlock[];
  readonly compaction: CompactionFate;
  readonly downsampling: DownsamplingFate;
  readonly deletion: Deletion;
}

export interface BlockRequest {
  readonly bucket: Bucket;
  readonly settings: AuditSettings;
  readonly now: Date;
  readonly ulid: string;
  readonly onProgress?: (progress: AuditProgress) => void;
}

/** Reads a bucket, and says all of one block of it. Throws TerminalError where the block is not there or cannot be read. */
export async function describeBlock({ bucket, settings, now, ulid, onProgress }: BlockRequest): Promise<BlockReport> {
  const { blocks } = await readBucket({ bucket, onProgress });
  const groupKeyOf = await groupKeys();
  const model = bucketModel({ url: bucket.url, now: now.getTime(), settings, blocks, groupKeyOf });
  const block = model.readable.find((one) => one.ulid === ulid);
  if (block === undefined) throw notReadable(ulid, model);
  return blockReport(block, model);
}

function notReadable(ulid: string, { url, blocks }: BucketModel): TerminalError {
  const known = blocks.find((block) => block.ulid === ulid);
  const what = {
    absent: "has no meta.json",
    archived: "is archived",
    corrupt: "has a meta.json that cannot be read",
    ok: "cannot be read",
  };
  const message = known === undefined ? `${url} holds no block ${ulid}` : `${ulid} ${what[known.state.kind]}`;
  const remedy =
    known === undefined
      ? "Check the ULID and the prefix; blocks that are deleted leave nothing behind."
      : "Run musterbook audit on the bucket: it says what becomes of such a block.";
  return new TerminalError(message, { reason: "no-such-block", field: "ulid", value: ulid, remedy });
}

export function blockReport(block: ReadableBlock, model: BucketModel): BlockReport {
  const { meta, files } = block;
  const { minTime, maxTime, resolution, level, hints, samples, series } = meta;
  const compaction = compactionFate(block, model);
  return {
    ...{
      schemaVersion: BLOCK_REPORT_VERSION,
      url: model.url,
      now: model.now,
      thanos: RULES_HOLD_FOR,
      ulid: block.ulid,
    },
    labels: meta.labels,
    groupKey: groupKeyFor(resolution, meta.labels, model),
    ...{
      resolution,
      minTime,
      maxTime,
      level,
      producer: meta.source,
      hints,
      uploaded: uploadedAt(block),
      samples,
      series,
    },
    bytes: files.values().reduce((sum, { size }) => sum + size, 0),
    origin: originOf(block, model),
    covered: coveringBlocks(block, model),
    compaction,
    downsampling: downsamplingFate(block, model),
    deletion: deletionOf(block, compaction, model),
  };
}

function originOf({ meta }: ReadableBlock, { readable }: BucketModel): BlockReport["origin"] {
  const byUlid = new Map(readable.map((block) => [block.ulid, block]));
  const parents = meta.parents.map((ulid) => {
    const parent = byUlid.get(ulid);
    const state = parent === undefined ? "gone" : parent.deletionMark === undefined ? "live" : "marked";
    return { ulid, state } as const;
  });
  return { sources: [...meta.sources], parents, rewrittenFrom: meta.rewrittenFrom };
}

/** Most of its sources first. */
function coveringBlocks({ ulid, meta }: ReadableBlock, { readable }: BucketModel): readonly CoveringBlock[] {
  const own = new Set(meta.sources);
  return readable
    .filter((other) => other.ulid !== ulid)
    .flatMap((other) => {
      const sources = other.meta.sources.filter((source) => own.has(source)).length;
      const { resolution } = other.meta;
      return sources === 0
        ? []
        : [{ ulid: other.ulid, resolution, sources, isMarked: other.deletionMark !== undefined }];
    })
    .sort((a, b) => b.sources - a.sources || a.resolution - b.resolution || (a.ulid < b.ulid ? -1 : 1));
}
