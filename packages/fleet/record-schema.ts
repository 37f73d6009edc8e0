import * as v from "valibot";
import { MODES } from "#fleet/mode";
import { CLUSTER_RECORD_VERSION, type ClusterRecord } from "#fleet/record";
import type { Versioned } from "#fleet/versioned";

const Time = v.pipe(v.string(), v.isoTimestamp("write a time as RFC 3339 does"));

const Condition = v.object({
  status: v.picklist(["yes", "no", "due", "theirs", "unknown"]),
  reason: v.string(),
  evidence: v.string(),
  since: Time,
  until: v.exactOptional(Time),
});

const Endpoint = v.object({
  address: v.string(),
  state: v.picklist(["listed", "removed"]),
  confirmedByEks: v.boolean(),
  since: Time,
});

const Transition = v.object({
  at: Time,
  step: v.string(),
  outcome: v.picklist(["done", "waiting", "failed"]),
  reason: v.string(),
  message: v.string(),
});

/** What a registry checks at its door. */
export const CLUSTER_RECORD: Versioned<ClusterRecord> = {
  kind: "cluster record",
  current: CLUSTER_RECORD_VERSION,
  schema: v.object({
    schemaVersion: v.literal(CLUSTER_RECORD_VERSION),
    arn: v.string(),
    createdAt: v.nullable(Time),
    mode: v.nullable(v.picklist([...MODES, "ignore"])),
    phase: v.picklist(["waiting", "present", "failed", "observed", "removed"]),
    step: v.string(),
    reason: v.string(),
    message: v.string(),
    remedy: v.string(),
    attempts: v.pipe(v.number(), v.integer(), v.minValue(0)),
    conditions: v.object({
      Installed: Condition,
      Registered: Condition,
      Queryable: Condition,
      Uploading: Condition,
      Beating: Condition,
    }),
    endpoint: v.nullable(Endpoint),
    vpc: v.exactOptional(v.string()),
    dnsChange: v.nullable(v.string()),
    lookAt: v.nullable(Time),
    updatedAt: Time,
    history: v.array(Transition),
  }),
  upgrades: {},
};
