import type { Bucket } from "#blocks/bucket/bucket";
import { RetryableError } from "#fleet/errors";
import { bucketOfRecording, readRecording } from "#local/recorded-bucket";
import { brokenBucket, deployment } from "#test/factories/deployment";
import { recordingOf } from "#test/factories/recorded-bucket";

export const FIRST = "s3://first";
export const SECOND = "s3://second";
/** Lists the buckets, judges them, and makes both happen. */
export const ALL = ["enqueue-listings", "list-bucket", "enqueue-audits", "audit-bucket"] as const;
export const SETTINGS = { replicaLabels: ["prometheus_replica"] };
export const recordedAt = "2026-11-20T13:10:00Z";
export const DENIED = new RetryableError("S3 answers 503 SlowDown", {
  remedy: "Wait; ask for less.",
  reason: "throttled",
});

export const reading = (name: Parameters<typeof recordingOf>[0]) => readRecording(recordingOf(name));

interface Auditing {
  /** Stands between a bucket and its readers. */
  readonly through?: (bucket: Bucket) => Bucket;
  readonly only?: readonly (typeof ALL)[number][];
}

/** Two audited buckets of the same blocks. Those whose URL is in `blind` cannot be listed to their end. */
export async function auditing({ through = (bucket) => bucket, only = ALL }: Auditing = {}) {
  const objects = [...(await reading("overlap-same-labels"))];
  const blind = new Set<string>();
  const asked = { lists: 0, gets: 0 };
  const world = deployment({
    only,
    config: { buckets: [FIRST, SECOND].map((url) => ({ url, recordedAt, settings: SETTINGS })) },
    ports: {
      bucket: ({ url }) =>
        blind.has(url) ? brokenBucket(url, DENIED) : through(watched(bucketOfRecording(objects, { url }), asked)),
    },
  });
  const firingOf = async (url: string) =>
    (await world.ports.alertStates.firing(`audit:${url}`)).map(({ alert }) => alert.id).toSorted();
  const later = async (minutes: number) => {
    world.clock.advance(minutes * 60_000);
    await world.settle();
  };
  const saying = (text: string | RegExp) => world.lines.filter((line) => line.search(text) >= 0);
  return { ...world, objects, blind, asked, firingOf, later, saying };
}

/** A bucket that counts what it is asked. */
function watched(bucket: Bucket, asked: { lists: number; gets: number }): Bucket {
  return {
    ...bucket,
    list: (options) => {
      asked.lists += 1;
      return bucket.list(options);
    },
    get: (key, maxBytes) => {
      asked.gets += 1;
      return bucket.get(key, maxBytes);
    },
  };
}
