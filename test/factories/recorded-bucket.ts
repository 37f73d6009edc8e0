import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import type { Bucket } from "#blocks/bucket/bucket";
import { bucketOfRecording, readRecording } from "#local/recorded-bucket";

export const RECORDED_BUCKETS = ["healthy", "late", "broken", "overlap-same-labels"] as const;
export type RecordedBucketName = (typeof RECORDED_BUCKETS)[number];

const LABELS = v.record(v.string(), v.string());

const FINDING = v.object({
  id: v.string(),
  severity: v.picklist(["C", "W", "I"]),
  /** Exact external labels. */
  stream: v.optional(LABELS),
  /** Labels without the replica label. */
  cluster: v.optional(LABELS),
  /** The compactor's group key string. */
  group: v.optional(v.string()),
  ulids: v.optional(v.array(v.string()), []),
  mayAlsoName: v.optional(v.array(v.string()), []),
  object: v.optional(v.string()),
  missedBlocks: v.optional(v.number()),
  why: v.optional(v.string()),
});

const EXPECTED = v.object({
  now: v.string(),
  /** Input of `AuditSettings`. */
  config: v.looseObject({}),
  stats: v.object({ objects: v.number(), bytes: v.number(), blocks: v.number(), metas: v.number() }),
  must: v.array(FINDING),
  may: v.array(FINDING),
  info: v.array(FINDING),
  noOther: v.array(v.string()),
  alsoAt: v.optional(v.array(v.object({ now: v.string(), must: v.array(FINDING) })), []),
});

export type ExpectedAudit = v.InferOutput<typeof EXPECTED>;
export type ExpectedFinding = v.InferOutput<typeof FINDING>;

/** The directory of a recording, as `materialise` wants it. */
export function recordingOf(name: RecordedBucketName): string {
  return fileURLToPath(new URL(`../data/buckets/${name}`, import.meta.url));
}

/** A recorded bucket in memory. */
export async function recordedBucket(
  name: RecordedBucketName,
  { pageSize = 1000 }: { readonly pageSize?: number } = {},
): Promise<Bucket> {
  return bucketOfRecording(await readRecording(recordingOf(name)), { url: `recorded:${name}`, pageSize });
}

/** The answer that the audit must give for it. */
export async function expectedOf(name: RecordedBucketName): Promise<ExpectedAudit> {
  const text = await readFile(`${recordingOf(name)}/expected.json`, "utf8");
  return v.parse(EXPECTED, JSON.parse(text));
}
