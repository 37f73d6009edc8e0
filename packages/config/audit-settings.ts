import * as v from "valibot";
import { Duration } from "#config/schema";

const Labels = v.record(v.string(), v.string());

/**
 * What the audit must know of Thanos's own configuration to judge as the compactor does, and its own
 * thresholds. Durations are Prometheus durations in, milliseconds out. Unknown names are an error, not a silence.
 */
export const AuditSettings = v.strictObject({
  /** Labels that tell replicas of one cluster apart. */
  replicaLabels: v.optional(v.array(v.string()), [
    "replica",
    "prometheus_replica",
    "receive_replica",
    "rule_replica",
    "__replica__",
  ]),
  /** The compactor's `--compact.enable-vertical-compaction`. */
  verticalCompaction: v.optional(v.boolean(), false),
  /** The compactor's `--deduplication.replica-label`: removed from its group key. Any implies vertical compaction. */
  deduplicationReplicaLabels: v.optional(v.array(v.string()), []),
  /** The compactor's `--delete-delay`. */
  deleteDelay: v.optional(Duration, "48h"),
  /** The compactor's `--consistency-delay`. */
  consistencyDelay: v.optional(Duration, "30m"),
  /** The compactor's `--wait-interval`. */
  waitInterval: v.optional(Duration, "5m"),
  /** The compactor's `--retention.resolution-*`; `0d` keeps for ever. */
  retention: v.optional(
    v.strictObject({
      /** `--retention.resolution-raw`. */
      raw: v.optional(Duration, "0d"),
      /** `--retention.resolution-5m`. */
      "5m": v.optional(Duration, "0d"),
      /** `--retention.resolution-1h`. */
      "1h": v.optional(Duration, "0d"),
    }),
    {},
  ),
  /** Whether the compactor downsamples, which it does unless `--downsampling.disable` is set. */
  downsampling: v.optional(v.boolean(), true),
  /** Prometheus's min = max block duration. */
  blockRange: v.optional(v.pipe(Duration, v.minValue(1, "write a duration above 0s, such as 2h")), "2h"),
  /** How long after the cut an upload may take before the stream counts as late. */
  uploadSlack: v.optional(Duration, "15m"),
  /** Clusters that must upload, by the labels that name them. */
  expectedClusters: v.optional(v.array(Labels), []),
});

export type AuditSettings = v.InferOutput<typeof AuditSettings>;

/** The defaults of the catalogue. */
export function defaultAuditSettings(): AuditSettings {
  return v.parse(AuditSettings, {});
}
