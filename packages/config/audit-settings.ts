import * as v from "valibot";
import { parseDuration } from "#config/duration";
import { Duration } from "#config/schema";

const Count = v.pipe(v.number(), v.integer(), v.minValue(1, "write a number above 0"));
const Factor = v.pipe(v.number(), v.gtValue(0, "write a number above 0"));
const Labels = v.record(v.string(), v.string());

const SHARE = "write a number from 0 to 1";

/** From where on a check speaks, by the catalogue's defaults. `...Critical` is where a warning becomes critical. */
const Thresholds = v.strictObject({
  /** `upload.silent`: since the end of the newest block. */
  silence: v.optional(Duration, "24h"),
  /** `upload.gap`: holes up to this long are passed over. At least two scrape intervals. */
  gap: v.optional(Duration, "10m"),
  /** `upload.gap`: how long producers keep their blocks. A hole that is older cannot be mended any more. */
  localRetention: v.optional(Duration, "15d"),
  /** `upload.slow`. */
  slowUpload: v.optional(Duration, "20m"),
  slowUploadCritical: v.optional(Duration, "90m"),
  /** `upload.cut-late`: since the end of a block of 2 h; of another range by half the difference longer or shorter. */
  lateCut: v.optional(Duration, "90m"),
  /** `upload.volume-drop`: samples or series of a head beside the median of the 12 before it, as a factor. */
  volumeDrop: v.optional(Factor, 0.5),
  volumeJump: v.optional(Factor, 2),
  /** `clock.skew`. */
  clockSkew: v.optional(Duration, "60s"),
  clockSkewCritical: v.optional(Duration, "10m"),
  /** `block.orphan-mark`: since the mark was written. */
  orphanMark: v.optional(Duration, "72h"),
  /** `block.delete-stuck`: since the last write to the block. */
  deleteStuck: v.optional(Duration, "54h"),
  /** `bucket.junk`: since a multipart upload was begun. */
  incompleteUpload: v.optional(Duration, "2d"),
  /** `delete.overdue`: beyond `deleteDelay`. */
  overdueDeletion: v.optional(Duration, "6h"),
  /** `delete.overdue`: since the mark. */
  overdueDeletionCritical: v.optional(Duration, "7d"),
  /** `delete.uncovered`: since the mark. */
  uncoveredMark: v.optional(Duration, "1h"),
  /** `cost.marked-bytes`: of all blocks that are marked for deletion. */
  markedBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0, "write bytes, 0 or more")), 100 * 2 ** 30),
  /** `compactor.no-compact-mark`: of marks set by hand. */
  manualMark: v.optional(Duration, "30d"),
  /** `compactor.stalled`: since the oldest compaction could have been done, and since the newest one. */
  stalled: v.optional(Duration, "6h"),
  stalledCritical: v.optional(Duration, "24h"),
  /** `compactor.lag`: since a compaction could have been done. */
  compactionLag: v.optional(Duration, "6h"),
  compactionLagCritical: v.optional(Duration, "48h"),
  /** `compactor.backlog`: compactions to do per stream. */
  backlog: v.optional(v.pipe(v.number(), v.minValue(0, "write 0 or more")), 3),
  /** `compactor.index-limit`: share of the 64 GiB at which the compactor no longer joins blocks. */
  indexShare: v.optional(v.pipe(v.number(), v.minValue(0, "write a share from 0 to 1")), 0.7),
  /** `compactor.churn`: how many times as many blocks as a stream needs. */
  churn: v.optional(v.pipe(v.number(), v.minValue(1, "write 1 or more")), 3),
  /** `compactor.sync-risk`: blocks, at a `waitInterval` of 5 m; in proportion at another. */
  syncBlocks: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1, "write a number above 0")), 60_000),
  /** `retention.overdue`: beyond the retention. */
  overdueRetention: v.optional(Duration, "24h"),
  /** `retention.expires-undownsampled`: before the end of the retention. */
  undownsampledExpiry: v.optional(Duration, "7d"),
  /** `downsample.lag5m`: since the end of the newest 5 m samples. */
  downsampleLag5m: v.optional(Duration, "60h"),
  downsampleLag5mCritical: v.optional(Duration, "96h"),
  /** `downsample.lag1h`. */
  downsampleLag1h: v.optional(Duration, "15d12h"),
  downsampleLag1hCritical: v.optional(Duration, "21d"),
  /** `downsample.missing`, `downsample.hole`: since the block is there. */
  missingDownsample: v.optional(Duration, "6h"),
  /** `downsample.marked`: since the mark. */
  noDownsampleMark: v.optional(Duration, "30d"),
  /** `labels.volatile`: streams of a cluster in 7 d. */
  volatileStreams: v.optional(Count, 3),
  /** `labels.cardinality`: groups of the compactor. */
  groups: v.optional(Count, 1000),
  /** `labels.cardinality`: streams now beside those of 7 d ago, as a factor. */
  streamGrowth: v.optional(Factor, 2),
  /** `ha.asymmetric`: how much fewer series a replica has than its sibling, as a part of the sibling's. */
  replicaSeries: v.optional(Factor, 0.2),
});

/** What a bucket tells of Thanos's configuration where it is not given, and what the audit takes where it does not. */
const INFERABLE = {
  replicaLabels: ["replica", "prometheus_replica", "receive_replica", "rule_replica", "__replica__"],
  verticalCompaction: false,
  deduplicationReplicaLabels: [],
  deleteDelay: parseDuration("48h") ?? 0,
  retention: { raw: 0, "5m": 0, "1h": 0 },
  blockRange: parseDuration("2h") ?? 0,
  expectedClusters: [],
  uploadSlack: parseDuration("15m") ?? 0,
} as const;
export type InferableName = keyof typeof INFERABLE;
const INFERABLE_NAMES = Object.keys(INFERABLE).filter((name): name is InferableName => name in INFERABLE);

const Retention = v.strictObject({
  /** `--retention.resolution-raw`. */
  raw: v.optional(Duration, "0d"),
  /** `--retention.resolution-5m`. */
  "5m": v.optional(Duration, "0d"),
  /** `--retention.resolution-1h`. */
  "1h": v.optional(Duration, "0d"),
});

const Fields = v.strictObject({
  /** The release that runs, such as `0.42.4`: the report says whether the audit's rules hold for it. */
  thanosVersion: v.optional(
    v.pipe(v.string(), v.regex(/^v?\d+\.\d+(?:\.\d+)?(?:[-+].*)?$/, "write a version such as 0.42.4")),
  ),
  /** Labels that tell replicas of one cluster apart. Default: the usual names. */
  replicaLabels: v.optional(v.array(v.string())),
  /** The compactor's `--compact.enable-vertical-compaction`. Default: off, unless the bucket shows it. */
  verticalCompaction: v.optional(v.boolean()),
  /** The compactor's `--deduplication.replica-label`: removed from its group key. Any implies vertical compaction. */
  deduplicationReplicaLabels: v.optional(v.array(v.string())),
  /** The compactor's `--delete-delay`. Default: 48h. */
  deleteDelay: v.optional(Duration),
  /** The compactor's `--consistency-delay`. */
  consistencyDelay: v.optional(Duration, "30m"),
  /** The compactor's `--wait-interval`. */
  waitInterval: v.optional(Duration, "5m"),
  /** The compactor's `--retention.resolution-*`; `0d`, the default, keeps for ever. */
  retention: v.optional(Retention),
  /** Whether the compactor downsamples, which it does unless `--downsampling.disable` is set. */
  downsampling: v.optional(v.boolean(), true),
  /** Prometheus's min = max block duration. Default: 2h, and by each stream's heads. */
  blockRange: v.optional(v.pipe(Duration, v.minValue(1, "write a duration above 0s, such as 2h"))),
  /** How long after its cut is due a block may come before its stream counts as late. Default: 15m, or longer by each stream's uploads. */
  uploadSlack: v.optional(Duration),
  /** Clusters that must upload, by the labels that name them. */
  expectedClusters: v.optional(v.array(Labels)),
  /** External labels that every stream must have. */
  requiredLabels: v.optional(v.array(v.string()), []),
  /** External labels that a stream may have besides; empty for any. */
  knownLabels: v.optional(v.array(v.string()), []),
  /** `block.header`: the share of the blocks, 0 to 1, whose files each audit looks into. It costs 3 GETs or more for each. */
  headerShare: v.optional(v.pipe(v.number(), v.minValue(0, SHARE), v.maxValue(1, SHARE)), 0),
  thresholds: v.optional(Thresholds, {}),
});

/**
 * What the audit must know of Thanos's own configuration to judge as the compactor does, and its own
 * thresholds. Durations are Prometheus durations in, milliseconds out. Unknown names are an error, not a silence. `given` tells
 * which of the settings were, of those that can be inferred from a bucket.
 */
export const AuditSettings = v.pipe(
  Fields,
  v.transform((fields) => ({
    ...fields,
    replicaLabels: fields.replicaLabels ?? INFERABLE.replicaLabels,
    verticalCompaction: fields.verticalCompaction ?? INFERABLE.verticalCompaction,
    deduplicationReplicaLabels: fields.deduplicationReplicaLabels ?? INFERABLE.deduplicationReplicaLabels,
    deleteDelay: fields.deleteDelay ?? INFERABLE.deleteDelay,
    retention: fields.retention ?? INFERABLE.retention,
    blockRange: fields.blockRange ?? INFERABLE.blockRange,
    expectedClusters: fields.expectedClusters ?? INFERABLE.expectedClusters,
    uploadSlack: fields.uploadSlack ?? INFERABLE.uploadSlack,
    given: INFERABLE_NAMES.filter((name) => fields[name] !== undefined),
  })),
);

export type AuditSettings = v.InferOutput<typeof AuditSettings>;

/** The defaults of the catalogue. */
export function defaultAuditSettings(): AuditSettings {
  return v.parse(AuditSettings, {});
}
